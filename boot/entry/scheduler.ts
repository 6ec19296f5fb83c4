import { runScheduler } from '../scheduler-process.ts';
import { serveUnit } from '../service-process.ts';

/** Process of the unit `scheduler`, forked by the supervisor. */
serveUnit('scheduler', runScheduler);
