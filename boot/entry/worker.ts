import { runWorker } from '../worker-process.ts';
import { serveService } from '../service-process.ts';

/** Process of the service `worker`, forked by the supervisor: serves every process of this box. */
serveService('worker', (begin) => runWorker(begin, { supervised: true }));
