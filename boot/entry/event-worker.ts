import { EVENT_WORKER } from '../../domain/model/service-name.ts';
import { runWorker } from '../worker-process.ts';
import { serveService } from '../service-process.ts';

/** Process of the service `event-worker`, forked by the supervisor: delivers event triggers. */
serveService(EVENT_WORKER, (begin) => runWorker(begin, { part: EVENT_WORKER, supervised: true }));
