import { runWorker } from './run-worker.ts';
import { serveUnit } from './unit-process.ts';

/** Process of the unit `worker`, forked by the supervisor: serves every process of this box. */
serveUnit('worker', (begin) => runWorker(begin, { supervised: true }));
