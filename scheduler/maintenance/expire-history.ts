import { expiredJobSpec, freerunSpec, retentionRoundSpec } from '../../db/collections.ts';
import { EXPIRED_AT_ONCE } from '../../db/store.ts';
import type { EntryKey, Store } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { ExpiredCounts, RetentionRound, UowRecord } from '../../domain/model/record.ts';
import { endOf, isYoung, mayExpire } from '../../domain/retention/expirable.ts';
import { retentionOf } from '../../domain/retention/rule.ts';
import { supersededJobs } from '../../domain/retention/superseded.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { sleep } from '../../lib/sleep.ts';
import type { SchedulerContext } from '../context.ts';

/** A step is to take so long, ms: the embedded store is closed to other writers meanwhile. */
const STEP_TIME = 20;
/** Units of the first step, and of the first look at an entry. */
const FEW = 16;
/** Rests after a step, in durations of it and in ms at least: retention is at work a twentieth of the time at most. */
const RESTS = 19;
const SHORTEST_REST = 20;
/** Records of deleted history that are read at a time. */
const PAGE = 1_000;
/** Rounds that are kept on record. */
const ROUNDS = 100;

/** What a round needs of the scheduler. */
export type Retaining = Pick<
  SchedulerContext,
  'store' | 'clock' | 'timetableClock' | 'timetable' | 'context' | 'limits' | 'leader'
>;

/** Units of one entry or managed process that may go. */
interface Expirable {
  readonly entity: string;
  readonly uows: readonly UowRecord[];
}

const nothing: ExpiredCounts = { uows: 0, transitions: 0, lines: 0, reports: 0 };

const sum = (a: ExpiredCounts, b: ExpiredCounts): ExpiredCounts => ({
  uows: a.uows + b.uows,
  transitions: a.transitions + b.transitions,
  lines: a.lines + b.lines,
  reports: a.reports + b.reports,
});

/** Keeps what a round did, from its first step on. */
const createRecorder = ({ store, clock, leader }: Retaining) => {
  const rounds = store.collection(retentionRoundSpec);
  const begunAt = clock.now();
  // One scheduler has an epoch, and one round at a time.
  const begun = { id: `${leader.epoch()}-${begunAt}`, begunAt };
  let round: RetentionRound | undefined;
  const forgetOld = async (): Promise<void> => {
    const kept = await rounds.list({ reverse: true, limit: ROUNDS });
    const oldest = kept.length < ROUNDS ? undefined : kept.at(-1);
    for (const { id } of oldest === undefined ? [] : await rounds.list({ reverse: true, after: oldest }))
      await rounds.remove({ id });
  };
  let steps = 0;
  return {
    nextStep: (): string => `${begun.id}-${++steps}`,
    counts: (): ExpiredCounts => sum(nothing, round ?? nothing),
    add: async (counts: ExpiredCounts, uows: readonly UowRecord[]): Promise<void> => {
      const ends = uows.map(endOf);
      const from = Math.min(round?.from ?? Infinity, ...ends);
      const to = Math.max(round?.to ?? -Infinity, ...ends);
      round = { ...begun, endedAt: null, ...sum(round ?? nothing, counts), from, to };
      await rounds.put(round);
    },
    end: async (): Promise<void> => {
      if (round === undefined) return;
      await rounds.put({ ...round, endedAt: clock.now() });
      await forgetOld();
    },
  };
};

/** Units that may go, of a free-run entry, oldest first; `latest`: the unit that the entry names. */
async function* expirableOf(
  { store, clock, context, limits }: Retaining,
  { processName, entryName }: EntryKey,
  latest: string | null,
): AsyncGenerator<readonly UowRecord[], undefined> {
  const process = context.processes.find(({ name }) => name === processName);
  const { ttl, keepUnits } = retentionOf('freerun', process, limits.retention);
  const before = clock.now() - ttl;
  let stay: ReadonlySet<string> | undefined;
  // Behind the last one that stays: an old one that is unfinished is not looked at again.
  for (let after: string | undefined, limit = FEW; ; limit = EXPIRED_AT_ONCE) {
    const behind = after === undefined ? {} : { after };
    const page = await store.findUows({ processName, entryName, states: uowStates, ...behind, limit });
    const [first] = page;
    if (first === undefined || isYoung(first, before)) return;
    if (stay === undefined) {
      const newest = await store.findUows({ processName, entryName, limit: keepUnits });
      stay = new Set([...newest.map(({ id }) => id), ...(latest === null ? [] : [latest])]);
    }
    const keeping = { before, stay };
    const gone = page.filter((uow) => mayExpire(uow, keeping));
    if (gone.length > 0) yield gone;
    const last = page.at(-1) as UowRecord;
    if (page.length < limit || isYoung(last, before)) return;
    after = page.findLast((uow) => !mayExpire(uow, keeping))?.id ?? after;
  }
}

/** How many units of each job of a process were deleted, by timeperiod. */
const expiredOf = async (store: Store, processName: string): Promise<ReadonlyMap<string, number>> => {
  const jobs = store.collection(expiredJobSpec);
  const found = new Map<string, number>();
  for (let after = { processName, timeperiod: '' }; ;) {
    const page = await jobs.list({ after, limit: PAGE });
    const own = page.filter((job) => job.processName === processName);
    for (const { timeperiod, uows } of own) found.set(timeperiod, uows);
    const last = own.at(-1);
    if (last === undefined || own.length < PAGE) return found;
    after = last;
  }
};

/** Units of a managed process that others took the place of, a job at a time. */
async function* supersededOf(
  shared: Retaining,
  level: Level,
): AsyncGenerator<readonly UowRecord[], undefined> {
  const { store, clock, timetableClock, timetable, limits } = shared;
  const { ttl, keepUnits } = retentionOf('managed', level.process, limits.retention);
  const processName = level.process.name;
  let known:
    { readonly expired: ReadonlyMap<string, number>; readonly newest: readonly string[] } | undefined;
  for (const { index } of supersededJobs(timetable, level, timetableClock.now() - ttl)) {
    known ??= {
      expired: await expiredOf(store, processName),
      newest: (await store.findUows({ processName, limit: keepUnits })).map(({ id }) => id),
    };
    const key = { processName, timeperiod: level.timeperiod(index) };
    if (level.uowCount(index) - (known.expired.get(key.timeperiod) ?? 0) < 2) continue;
    const [job, uows] = await Promise.all([store.job(key), store.findUows(key)]);
    const keeping = {
      before: clock.now() - ttl,
      stay: new Set([...known.newest, ...(job?.relatedUow ? [job.relatedUow] : [])]),
    };
    yield uows.filter((uow) => mayExpire(uow, keeping));
  }
}

/** What may go of managed processes, jobs taken together. */
async function* expirableOfJobs(shared: Retaining): AsyncGenerator<Expirable, undefined> {
  for (const [entity, level] of shared.timetable.levels) {
    let uows: UowRecord[] = [];
    for await (const ofJob of supersededOf(shared, level)) {
      uows.push(...ofJob);
      if (uows.length < EXPIRED_AT_ONCE) continue;
      yield { entity, uows };
      uows = [];
    }
    if (uows.length > 0) yield { entity, uows };
  }
}

async function* expirable(shared: Retaining): AsyncGenerator<Expirable, undefined> {
  yield* expirableOfEntries(shared);
  yield* expirableOfJobs(shared);
}

/** What may go of free-run entries, also of those that are gone. */
async function* expirableOfEntries(shared: Retaining): AsyncGenerator<Expirable, undefined> {
  const records = await shared.store.collection(freerunSpec).list();
  const latest = new Map(
    records.map(({ processName, entryName, relatedUow }) => [
      entryKeyText(processName, entryName),
      relatedUow,
    ]),
  );
  for (const entry of await shared.store.entriesWithUows()) {
    const entity = entryKeyText(entry.processName, entry.entryName);
    for await (const uows of expirableOf(shared, entry, latest.get(entity) ?? null)) yield { entity, uows };
  }
}

/** Rests for many times as long as the work since the rest before took. */
const createRest = (clock: Clock, stopping: AbortSignal): (() => Promise<void>) => {
  let since = clock.now();
  return async () => {
    await sleep(Math.max(SHORTEST_REST, RESTS * (clock.now() - since)), stopping);
    since = clock.now();
  };
};

/**
 * Deletes history that is out of date in small steps, until none is left or `stopping` aborts, puts on record what it
 * deleted, and has the store shrink. It rests after each step for many times as long as that took. Returns what it deleted.
 */
export const expireHistory = async (shared: Retaining, stopping: AbortSignal): Promise<ExpiredCounts> => {
  const { store, leader, clock } = shared;
  const recorder = createRecorder(shared);
  const rest = createRest(clock, stopping);
  let size = FEW;
  for await (const { entity, uows } of expirable(shared)) {
    for (let from = 0; from < uows.length && !stopping.aborted;) {
      const chunk = uows.slice(from, from + size);
      from += chunk.length;
      const begunAt = clock.now();
      const step = { id: recorder.nextStep(), epoch: leader.epoch(), entity, uows: chunk };
      const counts = await store.expireUows(step);
      // Some units have many lines.
      size = clock.now() - begunAt > STEP_TIME ? Math.ceil(size / 2) : Math.min(2 * size, EXPIRED_AT_ONCE);
      await recorder.add(counts, chunk);
      await store.shrink();
      await rest();
    }
    if (stopping.aborted) break;
  }
  while (!stopping.aborted && (await store.shrink())) await rest();
  await recorder.end();
  return recorder.counts();
};
