import { runScheduler } from '../scheduler-process.ts';
import { serveService } from '../service-process.ts';

/** Process of the service `scheduler`, forked by the supervisor. */
serveService('scheduler', runScheduler);
