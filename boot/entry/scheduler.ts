import { SCHEDULER } from '../../domain/model/service-name.ts';
import { runScheduler } from '../scheduler-process.ts';
import { serveService } from '../service-process.ts';

/** Process of the service `scheduler`, forked by the supervisor. */
serveService(SCHEDULER, runScheduler);
