import { Cron } from 'croner';

import { invalidSchedule } from './recurrence.ts';
import type { Recurrence } from './recurrence.ts';

/**
 * `cron <expression>`: minute, hour, day of month, month, day of week (0 or 7 = Sunday), with an optional
 * field for seconds in front, or a nickname such as `@daily`, on the wall clock of `timezone`, as croner
 * reads them. When clocks go forward, a job at one fixed time within the gap runs as the gap ends, and an
 * interval leaves it out; when they go back, a fixed time runs at its first occurrence only, and an interval
 * at both.
 */
export const parseCron = (expression: string, timezone: string): Recurrence => {
  const refuse = (problem: string): Error =>
    invalidSchedule(`cron ${expression}`, problem, 'cron 0 */2 * * *');
  const fields = expression.split(' ').length;
  if (fields !== 5 && fields !== 6 && !expression.startsWith('@')) {
    throw refuse(`'${expression}' should have the fields minute, hour, day, month and day of week`);
  }
  let cron: Cron;
  try {
    cron = new Cron(expression, { timezone });
  } catch (error) {
    const reason = (error as Error).message.replace('CronPattern: ', '');
    throw refuse(`the expression is wrong (${reason}): expected five fields`);
  }
  const next = (after: number): number | undefined => cron.nextRun(new Date(after))?.getTime();
  if (next(0) === undefined) throw refuse('the day should exist in one of the months');
  return {
    next,
    previous: (before) => cron.previousRuns(1, new Date(Math.ceil(before)))[0]?.getTime(),
    describe: () => `cron ${expression} (${timezone})`,
  };
};
