import { expireLogs } from '../../scheduler/maintenance/expire-logs.ts';
import type { HousekeepingPlan, HousekeepingTask } from '../../scheduler/maintenance/housekeeping.ts';
import type { Settings } from '../../settings.ts';
import { runInChild } from './child.ts';
import { scheduleCron } from './schedule-cron.ts';

/** What the leading scheduler does on the housekeeping clock, a task a row. */
const tasksOf = (settings: Settings): readonly HousekeepingTask[] => [
  {
    name: 'expiry',
    cron: settings.housekeepingExpiry,
    atStart: true,
    advice: 'output that is out of date stays until then',
    run: async (shared, stopping) => ({ counts: { lines: await expireLogs(shared, stopping) } }),
  },
  {
    name: 'check',
    cron: settings.housekeepingCheck,
    advice: 'all of it is told by: synergy db check',
    run: (_, stopping) => runInChild('check', settings, stopping),
  },
];

/** The housekeeping that the settings ask for. */
export const housekeepingPlan = (settings: Settings): HousekeepingPlan => ({
  tasks: tasksOf(settings),
  timeZone: settings.housekeepingTimeZone,
  schedule: scheduleCron,
});
