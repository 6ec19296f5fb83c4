import { runScheduler } from './run-scheduler.ts';
import { serveUnit } from './unit-process.ts';

/** Process of the unit `scheduler`, forked by the supervisor. */
serveUnit('scheduler', runScheduler);
