import { DatabaseSync } from '@photostructure/sqlite';
import { boxSpec } from '../../db/collections.ts';
import { join } from 'node:path';
import { refuseUnfinishedCopy } from '../../db/copy-mark.ts';
import type { MovableStore } from '../../db/transfer.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { Evidence } from '../../domain/invariants/evidence.ts';
import type { SetAside } from '../../domain/model/unreadable.ts';
import { oneLine } from '../../domain/one-line.ts';
import { toInterval } from '../../domain/time/timeperiod.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { checkQualifiers, groupingsOf, readRegister } from '../../scheduler/register.ts';
import { SCHEDULER_LOCK } from '../../scheduler/scheduler.ts';
import { settleUnreadable } from '../../scheduler/unreadable.ts';
import type { Settings } from '../../settings.ts';
import { withStore } from '../adapters.ts';
import { placeOf } from '../box/exclusive-access.ts';
import { loadContext } from '../load-context.ts';
import { runningContext } from '../running-context.ts';
import { keptStartTimeperiod } from '../start-timeperiod.ts';
import { readerClock } from '../timetable-clock.ts';
import { checkInvariants } from './invariants.ts';
import type { CheckProgress } from './invariants.ts';

/** The bound of recovery at defaults: what is due moves within so long, ms; that is three rounds of the collector. */
const RECOVERY = 30_000;
const ROUNDS = 3;
/** Shorter passwords are found in any text. */
const SHORTEST_SECRET = 8;

/** What SQLite finds wrong with the file of the embedded store. */
const fileDamage = (path: string): string[] => {
  const database = new DatabaseSync(path);
  try {
    const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
    return rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } finally {
    database.close();
  }
};

const passwordIn = (url: string): string =>
  URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';

/** Passwords that the settings hold, which the store must not. */
const secretsOf = ({
  store,
  queue,
  eventConnections,
  eventKey = '',
  oidcClientSecret = '',
}: Settings): string[] =>
  [...[store, queue, ...eventConnections].map(passwordIn), eventKey, oidcClientSecret].filter(
    ({ length }) => length >= SHORTEST_SECRET,
  );

/** Since when the schedulers that boxes tell of have been at work, ms; undefined when none is known. */
const movingSince = async (store: MovableStore): Promise<number | undefined> => {
  const starts = (await store.collection(boxSpec).list()).flatMap(({ unit, actual, startedAt }) =>
    unit === 'scheduler' && actual === 'running' && startedAt !== null ? [startedAt] : [],
  );
  return starts.length === 0 ? undefined : Math.max(...starts);
};

/** What the context says, for a store that a scheduler has begun; one that cannot be loaded is told of. */
const timetableOf = async (
  store: MovableStore,
  { settings, inUseBy, note }: Checking,
): Promise<Pick<Evidence, 'context' | 'timetable' | 'groupings'>> => {
  const start = await keptStartTimeperiod(store);
  if (start === undefined) return {};
  const timetableClock = await readerClock(store, settings, systemClock);
  try {
    // The file may have been edited since the scheduler at work has read it.
    const running = inUseBy === SCHEDULER_LOCK ? await runningContext(store) : undefined;
    const { context } = running ?? (await loadContext({ ...settings, startTimeperiod: start }));
    const register = await readRegister(store);
    await checkQualifiers(context, store, register);
    const groupings = groupingsOf(register);
    return {
      context,
      groupings,
      timetable: { start: toInterval('hourly', start).start, now: timetableClock.now() },
    };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    note(`without the context: ${oneLine(error.message)}`);
    return {};
  }
};

const evidenceFor = async (
  store: MovableStore,
  checking: Checking,
  situation: Evidence['situation'],
): Promise<Evidence> => {
  const { settings } = checking;
  const { maxCrashes, resubmitAfter, workerGrace, sweepInterval } = settings;
  const recovery = Math.max(RECOVERY, ROUNDS * sweepInterval);
  const since = situation === 'at-work' ? await movingSince(store) : undefined;
  return {
    situation,
    now: systemClock.now(),
    limits: { maxCrashes, resubmitAfter, recovery, killGrace: workerGrace },
    canaries: secretsOf(settings),
    ...(since === undefined ? {} : { movingSince: since }),
    ...(await timetableOf(store, checking)),
  };
};

/** Workers hold no lock: whether some unit is held by one. */
const hasWorker = async (store: MovableStore): Promise<boolean> => {
  const running = await store.findUows({ states: ['IN_PROGRESS'] });
  return running.some(({ lease }) => lease !== null && lease.expiresAt > systemClock.now());
};

/** A check of the store that the settings name. */
export interface Checking {
  readonly settings: Settings;
  /** Who keeps the store from being at rest. */
  readonly inUseBy: string | undefined;
  /** All work is said to have ended; values that cannot be read back are to be put aside before. */
  readonly options: { readonly done?: true; readonly repair?: true };
  readonly progress?: (progress: CheckProgress) => void;
  /** Told what the check goes without. */
  readonly note: (line: string) => void;
}

/** Puts values that cannot be read back out of the way; no work that needs them is done without them. */
const setAside = async (store: MovableStore): Promise<SetAside> => {
  const at = systemClock.now();
  const epoch = await store.latestEpoch();
  const cause = { actor: 'db check --repair', reason: null, at, epoch };
  const settled = await settleUnreadable(store, cause);
  const { file, done } = await store.setUnreadableAside(cause);
  return { file, done: [...settled.done, ...done] };
};

const checkRecords = async (store: MovableStore, checking: Checking) => {
  const { settings, inUseBy, options, progress } = checking;
  const { done = false, repair = false } = options;
  await refuseUnfinishedCopy(store);
  // What a crash left half written is no violation: the next scheduler would finish it first, and so does this.
  if (inUseBy === undefined) await store.repair();
  const busy = inUseBy ?? ((await hasWorker(store)) ? 'worker' : undefined);
  if ((done || repair) && busy !== undefined) {
    throw new SynergyError(
      'STORE_LOCKED',
      `'${placeOf(settings)}' is in use by a running ${busy}: --${repair ? 'repair' : 'done'} is for a store that nothing works on`,
    );
  }
  const repaired = repair ? await setAside(store) : undefined;
  const situation = done ? 'done' : busy === undefined ? 'stopped' : 'at-work';
  return {
    repaired,
    unreadable: await store.unreadable('all'),
    report: await checkInvariants(store, {
      evidence: await evidenceFor(store, checking, situation),
      ...(progress && { progress }),
    }),
  };
};

/**
 * Judges what a store holds, at rest or beside those who work on it; answers what it found, and what it did before when
 * it was to repair. Throws `STORE_LOCKED` for options that take a store at rest.
 */
export const checkStore = async (checking: Checking) => {
  const { store, dataDir } = checking.settings;
  const outcome = await withStore(checking.settings, (opened) => checkRecords(opened, checking));
  /** What SQLite finds wrong with the file of an embedded store. */
  const damage = store === 'embedded' ? fileDamage(join(dataDir, 'synergy.db')) : [];
  return { ...outcome, damage };
};
