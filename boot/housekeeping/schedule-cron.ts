import { createTask } from 'node-cron';
import type { Logger } from 'node-cron';
import type { ScheduleCron } from '../../scheduler/maintenance/housekeeping.ts';

/** The scheduler tells of each run; node-cron would write to the console. */
const silent: Logger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

/** The housekeeping clock. A run whose instant passed while the process stood still is made up for once. */
export const scheduleCron: ScheduleCron = (expression, timezone, run) => {
  const task = createTask(expression, run, {
    timezone,
    unref: true,
    logger: silent,
    missedExecutionTolerance: Infinity,
  });
  void task.start();
  return () => void task.destroy();
};
