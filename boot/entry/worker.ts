import { runWorker } from '../worker-process.ts';
import { serveUnit } from '../service-process.ts';

/** Process of the unit `worker`, forked by the supervisor: serves every process of this box. */
serveUnit('worker', (begin) => runWorker(begin, { supervised: true }));
