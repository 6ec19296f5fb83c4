import { WORKER } from '../../domain/model/service-name.ts';
import { runWorker } from '../worker-process.ts';
import { serveService } from '../service-process.ts';

/** Process of the service `worker`, forked by the supervisor: serves the processes of this box. */
serveService(WORKER, (begin) => runWorker(begin, { part: WORKER, supervised: true }));
