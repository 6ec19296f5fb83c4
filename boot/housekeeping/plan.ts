import { SynergyError } from '../../domain/errors.ts';
import { lookAtStoredClock, unlessClockLeapt } from '../../scheduler/maintenance/clock-doubt.ts';
import { expireBoxes } from '../../scheduler/maintenance/expire-boxes.ts';
import { expireLogs } from '../../scheduler/maintenance/expire-logs.ts';
import { expireHistory } from '../../scheduler/maintenance/expire-history.ts';
import type { HousekeepingPlan, HousekeepingTask } from '../../scheduler/maintenance/housekeeping.ts';
import { sampleSize } from '../../scheduler/maintenance/store-size.ts';
import { expireAccounts } from '../../scheduler/accounts/expire-accounts.ts';
import type { Settings } from '../../settings.ts';
import { runInChild } from './child.ts';
import { scheduleCron } from './schedule-cron.ts';

/** They cost nothing that a user would want to set. */
const DAILY = '3 0 * * *';
const HOURLY = '33 * * * *';
const ACCOUNTS = '23 * * * *';

const expireOutput = unlessClockLeapt(async (shared, stopping) => ({
  boxes: await expireBoxes(shared),
  lines: await expireLogs(shared, stopping),
}));

/** Deletes what is out of date. */
const deletionsOf = (settings: Settings): readonly HousekeepingTask[] => [
  {
    name: 'expiry',
    cron: settings.housekeepingExpiry,
    atStart: true,
    advice: 'output and boxes that are out of date stay until then',
    run: expireOutput,
  },
  {
    name: 'retention',
    cron: settings.housekeepingRetention,
    atStart: true,
    advice: 'history that is out of date stays until then',
    run: unlessClockLeapt(async (shared, stopping) => ({ ...(await expireHistory(shared, stopping)) })),
  },
  {
    name: 'accounts',
    cron: ACCOUNTS,
    atStart: true,
    advice: 'sessions, tokens and the audit are as they were until then',
    run: unlessClockLeapt(({ store, clock, limits: { retention } }, stopping) => {
      const { sessionIdle, sessionLife } = settings;
      const { historyTtl } = retention;
      return expireAccounts({ store, clock, historyTtl, sessionIdle, sessionLife }, stopping);
    }),
  },
];

/** What the leading scheduler does on the housekeeping clock, a task a row. */
const tasksOf = (settings: Settings): readonly HousekeepingTask[] => [
  ...deletionsOf(settings),
  {
    name: 'clock',
    cron: HOURLY,
    atStart: true,
    advice: 'a scheduler that was at work is taken for one that was not',
    run: async (shared) => {
      await lookAtStoredClock(shared);
      return { counts: {} };
    },
  },
  {
    name: 'size',
    cron: DAILY,
    atStart: true,
    advice: 'how the store grows is told from older sizes until then',
    run: async (shared) => ({ counts: { bytes: await sampleSize(shared) } }),
  },
  {
    name: 'check',
    cron: settings.housekeepingCheck,
    advice: 'all of it is told by: synergy db check',
    run: (_, stopping) => runInChild('check', settings, stopping),
  },
  {
    name: 'backup',
    cron: settings.housekeepingBackup,
    advice: 'see that the folder of the backups may be written to and has room',
    run: (_, stopping) => runInChild('backup', settings, stopping),
  },
];

/** The housekeeping that the settings ask for. Throws `INVALID_SETTING` for one that the store cannot have. */
export const housekeepingPlan = (settings: Settings): HousekeepingPlan => {
  const { store, housekeepingBackup, housekeepingTimeZone } = settings;
  if (store !== 'embedded' && housekeepingBackup !== 'off') {
    throw new SynergyError(
      'INVALID_SETTING',
      `setting 'housekeepingBackup': expected 'off' with a store on a server, given "${housekeepingBackup}": MongoDB is backed up by its own mongodump, see docs/deployment.md`,
    );
  }
  return { tasks: tasksOf(settings), timeZone: housekeepingTimeZone, schedule: scheduleCron };
};
