import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openStore } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { asStored } from '../../domain/freerun/entry.ts';
import type { LiveEntry } from '../../domain/freerun/entry.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import { defineContext, freerunProcess } from '../../domain/model/define.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import { DAY } from '../../domain/time/calendar.ts';
import type { Queue } from '../../mq/queue.ts';
import { fireEntries } from '../../scheduler/freerun/fire.ts';
import type { FiringTools, WantedFiring } from '../../scheduler/freerun/fire.ts';
import { expireHistory } from '../../scheduler/maintenance/expire-history.ts';
import { benchLimits } from './limits.ts';
import { buildOwnScheduler } from './own-scheduler.ts';
import { AS_OF } from './synergy.ts';
import { treesContext } from './trees.ts';

/** Where entries fire that are due every second. */
export interface BeatOptions {
  /** Of an embedded store, which may have the jobs of twenty trees since `start`. */
  readonly dataDir: string;
  readonly start: number;
}

/** A time of many firings, and how much of it is carried out. */
export interface MonthOptions extends BeatOptions {
  readonly days: number;
  /** One of so many firings of each entry is carried out; divides a day. */
  readonly oneIn: number;
  /** Called at the end of each day, when what is out of date has been deleted. */
  readonly onDay?: (day: number, held: Counts) => void;
}

/** What a store holds. */
export interface Counts {
  /** Units of work of entries, and rows of the journal. */
  readonly uows: number;
  readonly transitions: number;
  readonly bytes: number;
}

export interface MonthResult {
  readonly fired: number;
  readonly expired: number;
  /** Before the first firing, at the end of the first day, and of the last one before and after its round of retention. */
  readonly begun: Counts;
  readonly firstDay: Counts;
  readonly full: Counts;
  readonly end: Counts;
  /** Whether all jobs and their units are as they were. */
  readonly jobs: { readonly count: number; readonly untouched: boolean };
}

/** A day of history is kept, and the newest units of each entry. */
export const KEPT = { uowTtl: DAY, historyTtl: DAY, keepUnits: 20 } as const;

/** Entries that are due every second. */
export const ENTRIES = 20;
/** Firings of an entry that are written together. */
const TOGETHER = 60;
/** By so many bytes the file shrinks at a time. */
const SHRINK_STEP = 128 * 8_192;
const PROCESS = 'Beat';

/** Workers are asked without it: units are claimed as soon as they are written. */
const noQueue = {
  name: 'none',
  capabilities: { commitLog: null },
  publish: () => Promise.resolve(),
} as unknown as Queue;

/** Rows of jobs and of their units, as they are stored, in a count and a checksum. */
const sumUpJobs = (dataDir: string): { readonly count: number; readonly checksum: string } => {
  const database = new DatabaseSync(join(dataDir, 'synergy.db'), { readOnly: true });
  const hash = createHash('sha256');
  let count = 0;
  for (const sql of [
    'SELECT * FROM job ORDER BY process_name, timeperiod',
    `SELECT * FROM unit_of_work WHERE kind = 'managed' ORDER BY rowid`,
  ]) {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    for (const row of statement.iterate()) {
      hash.update(JSON.stringify(row));
      count++;
    }
  }
  database.close();
  return { count, checksum: hash.digest('hex') };
};

const countAll = async (dataDir: string, store: Store): Promise<Counts> => {
  const database = new DatabaseSync(join(dataDir, 'synergy.db'), { readOnly: true });
  const countOf = (sql: string): number => Number(Object.values(database.prepare(sql).get() as object)[0]);
  const uows = countOf(`SELECT count(*) FROM unit_of_work WHERE kind = 'freerun'`);
  const transitions = countOf('SELECT count(*) FROM transition');
  database.close();
  return { uows, transitions, bytes: (await store.size()).bytes };
};

/** A worker does units at once. */
const work = async (store: Store, ids: readonly string[], now: number): Promise<void> => {
  const claimed = await store.claim(ids, { owner: 'bench', expiresAt: now + DAY, now });
  const reports = claimed.map(({ id, attempt, token }) => ({
    ...{ id, attempt, token: token ?? '', processed: 1, aggregated: 0, error: null, retryAt: null },
    event: 'complete' as const,
  }));
  const outcomes = await store.report('bench', reports, now);
  if (outcomes.length !== ids.length || outcomes.includes('rejected')) throw new Error('a unit was not done');
};

/** Entries that fire on a clock of their own, as in a scheduler, and a worker that does at once what they ask for. */
export const openBeat = async ({ dataDir, start }: BeatOptions) => {
  const process = freerunProcess({
    name: PROCESS,
    identity: true,
    entries: Array.from({ length: ENTRIES }, (_, i) => ({ name: `entry-${i}`, trigger: 'every 1s' })),
  });
  let now = AS_OF;
  const clock = { now: () => now };
  const store = await openStore('embedded', { dataDir, clock });
  const trees = treesContext();
  const { services } = await buildOwnScheduler({
    context: defineContext({ ...trees, processes: [...trees.processes, process] }),
    ...{ store, queue: noQueue, clock, start },
    limits: { ...benchLimits, retention: KEPT },
  });
  const { shared, freerun, alarms, turnLoop } = services;
  await freerun.reconcile();
  const live = new Map<string, LiveEntry>();
  for (const { name } of process.entries)
    live.set(entryKeyText(PROCESS, name), asStored(await freerun.get(PROCESS, name)));
  const tools: FiringTools = {
    shared,
    entry: (key) => live.get(key) as LiveEntry,
    commit: (groups) => store.commit(groups),
  };
  return {
    shared,
    now: () => now,
    pass: (ms: number): void => void (now += ms),
    /** Each entry fires so many times, so many ms apart; returns how many units that made. */
    fire: async (times: number, apart: number): Promise<number> => {
      const instants = Array.from({ length: times }, (_, i) => now + (i + 1) * apart);
      now += times * apart;
      const firings = instants.flatMap((at) => [...live.keys()].map((key) => wanted(process, key, at)));
      const outcomes = await fireEntries(firings, tools);
      outcomes.forEach((outcome, i) => {
        if (outcome?.do !== 'fire') throw new Error(`${firings[i]?.firing.id} did not fire`);
        // The worker below ends it.
        live.set(firings[i]?.key ?? '', { ...outcome.entry, unit: 'ended' });
      });
      await work(
        store,
        firings.map(({ firing }) => firing.id),
        now,
      );
      return firings.length;
    },
    close: async (): Promise<void> => {
      alarms.stop();
      await turnLoop.stop();
      await store.close();
    },
  };
};

const wanted = (process: FreerunProcess, key: string, at: number): WantedFiring => {
  const id = `${key}/${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}#1`;
  return {
    key,
    process,
    firing: { id, occasion: 'schedule', at, pass: 1, arguments: null, mayExist: false },
    cause: undefined,
  };
};

/** Lets days pass, at the end of each of which retention deletes what is out of date. */
export const runMonth = async (options: MonthOptions): Promise<MonthResult> => {
  const { dataDir, days, oneIn, onDay } = options;
  const beat = await openBeat(options);
  try {
    // The clock on the wall stands for nothing here: it rests no longer than it has to.
    const shared = { ...beat.shared, store: { ...beat.shared.store, workedFor: () => 0 } };
    const before = sumUpJobs(dataDir);
    const count = (): Promise<Counts> => countAll(dataDir, shared.store);
    const begun = await count();
    let [fired, expired] = [0, 0];
    let [firstDay, full, end] = [begun, begun, begun];
    for (let day = 1; day <= days; day++) {
      for (const midnight = beat.now(); beat.now() < midnight + DAY;)
        fired += await beat.fire(TOGETHER, oneIn * 1_000);
      full = await count();
      if (day === 1) firstDay = full;
      expired += (await expireHistory(shared, new AbortController().signal)).uows;
      end = await count();
      onDay?.(day, end);
    }
    const after = sumUpJobs(dataDir);
    const untouched = after.count === before.count && after.checksum === before.checksum;
    return { fired, expired, begun, firstDay, full, end, jobs: { count: before.count / 2, untouched } };
  } finally {
    await beat.close();
  }
};

/** What a unit took on the first day, when nothing had been deleted yet, with its journal and that of its firing. */
export const bytesOfUnit = ({ begun, firstDay }: MonthResult): number =>
  (firstDay.bytes - begun.bytes) / firstDay.uows;

/** What a store may hold after a round by what is kept; `oneIn` as in `MonthOptions`. */
export const boundOf = (result: MonthResult, oneIn: number): Counts => {
  // What has not been there for a day, as the units of one write end together; or the newest.
  const uows = ENTRIES * Math.max(KEPT.keepUnits, KEPT.uowTtl / 1_000 / oneIn + TOGETHER);
  // A sixteenth of the file stays free, and what is less than a step of shrinking beyond it.
  const bytes = ((result.begun.bytes + bytesOfUnit(result) * uows + SHRINK_STEP) * 16) / 15;
  // Three of each unit, and one of its firing.
  return { uows, transitions: result.begun.transitions + 4 * uows, bytes };
};
