import { expiredJobSpec, freerunSpec } from '../../db/collections.ts';
import { EXPIRED_AT_ONCE } from '../../db/store.ts';
import type { EntryKey, Store } from '../../db/store.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { endOf, isYoung, mayExpire } from '../../domain/retention/expirable.ts';
import type { Keeping } from '../../domain/retention/expirable.ts';
import { retentionOf } from '../../domain/retention/rule.ts';
import { settledJobs } from '../../domain/retention/settled.ts';
import type { Level } from '../../domain/timetable/level.ts';
import type { Retaining } from './round-record.ts';

/** Units of the first look at an entry. */
const FEW = 16;
/** Records of deleted history that are read at a time. */
const PAGE = 1_000;

/** Units of one entry or managed process that may go. */
interface Expirable {
  readonly entity: string;
  readonly uows: readonly UowRecord[];
}

/** The units of an entry that stay whatever their age; none of one that was removed. */
const stayingOf = async (store: Store, key: EntryKey, keepUnits: number): Promise<ReadonlySet<string>> => {
  const [record] = await store.collection(freerunSpec).getAll([key]);
  if (record?.removed) return new Set();
  const newest = await store.findUows({ ...key, limit: keepUnits });
  return new Set([...newest.map(({ id }) => id), ...(record?.relatedUow ? [record.relatedUow] : [])]);
};

/** Of an event trigger, of which so many executions stay at most, and none that is old: all others may go. */
const capOf = async (
  store: Store,
  key: EntryKey,
  { before, keepUnits }: { readonly before: number; readonly keepUnits: number },
): Promise<Keeping> => {
  const newest = await store.findUows({ ...key, limit: keepUnits });
  return {
    before: Infinity,
    stay: new Set(newest.filter((uow) => endOf(uow) >= before).map(({ id }) => id)),
  };
};

/** Units that may go, of a free-run entry, oldest first. */
async function* expirableOf(
  { store, clock, context, limits }: Retaining,
  { processName, entryName }: EntryKey,
): AsyncGenerator<readonly UowRecord[], undefined> {
  const process = context.processes.find(({ name }) => name === processName);
  const { ttl, keepUnits } = retentionOf('freerun', process, limits.retention);
  const key = { processName, entryName };
  const before = clock.now() - ttl;
  const isCapped = process?.worker.kind === 'event';
  let keeping: Keeping | undefined;
  // Behind the last one that stays: an old one that is unfinished is not looked at again.
  for (let after: string | undefined, limit = FEW; ; limit = EXPIRED_AT_ONCE) {
    const behind = after === undefined ? {} : { after };
    const page = await store.findUows({ ...key, states: uowStates, ...behind, limit });
    const [first] = page;
    const isLast = page.length < limit;
    if (first === undefined) return;
    // Few executions are no more than may stay.
    if (isYoung(first, before) && (!isCapped || (isLast && keeping === undefined))) return;
    const kept = (keeping ??= isCapped
      ? await capOf(store, key, { before, keepUnits })
      : { before, stay: await stayingOf(store, key, keepUnits) });
    const gone = page.filter((uow) => mayExpire(uow, kept));
    if (gone.length > 0) yield gone;
    const last = page.at(-1) as UowRecord;
    if (isLast || (isCapped ? kept.stay.has(last.id) : isYoung(last, before))) return;
    after = page.findLast((uow) => !mayExpire(uow, kept))?.id ?? after;
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

const hasSuperseded = (level: Level, index: number): boolean => level.uowCount(index) > 1;

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
  const settled = { before: timetableClock.now() - ttl, isWanted: hasSuperseded };
  for (const { index } of settledJobs(timetable, level, settled)) {
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

/** What may go of free-run entries, also of those that are gone. */
async function* expirableOfEntries(shared: Retaining): AsyncGenerator<Expirable, undefined> {
  for (const entry of await shared.store.entriesWithUows()) {
    const entity = entryKeyText(entry.processName, entry.entryName);
    for await (const uows of expirableOf(shared, entry)) yield { entity, uows };
  }
}

/** Units of work that may go, oldest first of each entry and job. */
export async function* expirableUows(shared: Retaining): AsyncGenerator<Expirable, undefined> {
  yield* expirableOfEntries(shared);
  yield* expirableOfJobs(shared);
}
