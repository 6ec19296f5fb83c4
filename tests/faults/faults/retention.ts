import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../../../boot/check/invariants.ts';
import { entryChange, freerunSpec, managedSpec, retentionRoundSpec } from '../../../db/collections.ts';
import type { JobChange, Write, WriteGroup } from '../../../db/store.ts';
import type { MovableStore } from '../../../db/transfer.ts';
import { violationText } from '../../../domain/invariants/violation.ts';
import { isUowFinished } from '../../../domain/machine/transition.ts';
import { entryKeyText, jobKeyText, jobUowId } from '../../../domain/model/entity.ts';
import type {
  FreerunEntryRecord,
  JobRecord,
  RetentionRound,
  UowRecord,
} from '../../../domain/model/record.ts';
import { NEWEST_ROWS } from '../../../domain/retention/journal.ts';
import { DAY } from '../../../domain/time/calendar.ts';
import { freerunEntry, freshUow } from '../../support/records.ts';
import { fileDamage } from '../check.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { processesIn, within } from '../processes.ts';
import { PATIENCE, took } from '../recovery.ts';
import { kill } from '../strike.ts';
import { jobsOf } from '../workload.ts';
import type { World } from '../world.ts';

/** Long out of date, by the settings below. */
const AGE = 60 * DAY;
const KEPT = 5;
const settings = { unitTtlDays: 1, historyTtlDays: 1, keepUnits: KEPT };

/** History that is added before every start. */
const UNITS = 25;
const FIRINGS = 20;
const REDONE = 4;
/** From the start until all of it is deleted, at most, and from a milestone until the kill, ms. */
const ROUND = 20_000;
const LATEST = 800;

/** An entry that stays, and what may go of it; it is off, so that its scheduler leaves it alone. */
const KEPT_ENTRY = { processName: 'Tick', entryName: 'kept' };

const causeAt = async (store: MovableStore) => ({
  ...{ actor: 'scheduler', reason: null },
  ...{ at: Date.now() - AGE, epoch: await store.latestEpoch() },
});

/** Writes that are there in any case. */
const commit = async (store: MovableStore, writes: readonly Write[]): Promise<void> => {
  const groups: WriteGroup[] = [{ cause: await causeAt(store), writes }];
  const [outcome] = await store.commit(groups);
  if (outcome !== 'applied') throw new Error(`not written: ${JSON.stringify(writes[0])}`);
};

/** Units that ended long ago, or were quarantined then. */
const end = async (
  store: MovableStore,
  uows: readonly UowRecord[],
  event: 'complete' | 'empty' | 'fail',
): Promise<void> => {
  const at = Date.now() - AGE;
  const claimed = await store.claim(
    uows.map(({ id }) => id),
    { owner: 'old', expiresAt: Date.now() + DAY, now: at },
  );
  const none = { processed: 0, aggregated: 0, error: null, retryAt: null };
  const reports = claimed.map(({ id, attempt, token }) => ({
    id,
    attempt,
    token: token ?? '',
    event,
    ...none,
  }));
  const verdicts = await store.report('old', reports, at);
  if (verdicts.some((verdict) => verdict !== 'applied')) throw new Error('a report was rejected');
};

const oldUnit = (id: string, of: Partial<UowRecord>): UowRecord => {
  const at = Date.now() - AGE;
  return freshUow(id, { createdAt: at, submittedAt: at, ...of });
};

let made = 0;

/** Firings of an entry and their units. */
const fire = async (
  store: MovableStore,
  record: FreerunEntryRecord,
  { units, event = 'empty' }: { units: number; event?: 'empty' | 'fail' },
): Promise<FreerunEntryRecord> => {
  const { processName, entryName } = record;
  const uows = Array.from({ length: units }, (): UowRecord => {
    const timeperiod = String(20150601000000 + ++made);
    const id = `${entryKeyText(processName, entryName)}/${timeperiod}#1`;
    const spans = { startTimeperiod: timeperiod, endTimeperiod: timeperiod };
    return oldUnit(id, { kind: 'freerun', processName, entryName, timeperiod, ...spans });
  });
  for (const uow of uows) await commit(store, [{ kind: 'uow-insert', uow }]);
  await end(store, uows, event);
  let known = record;
  for (let i = 0; i < FIRINGS; i++) {
    const change = entryChange(known, { ...known, relatedUow: uows.at(-1)?.id ?? null }, 'fire');
    await commit(store, [change]);
    known = change.record;
  }
  return known;
};

/** An entry that was removed long ago, of which nothing is to stay. */
const addRemoved = async (store: MovableStore): Promise<void> => {
  const names = { processName: 'Tick', entryName: `removed${++made}` };
  const created = entryChange(undefined, freerunEntry({ ...names, on: false }), 'create');
  await commit(store, [created]);
  const fired = await fire(store, created.record, { units: KEPT + 1 });
  await commit(store, [entryChange(fired, { ...fired, removed: true }, 'remove')]);
};

const addKept = async (store: MovableStore): Promise<void> => {
  const known = await store.collection(freerunSpec).get(KEPT_ENTRY);
  if (known !== undefined) {
    await fire(store, known, { units: UNITS });
    return;
  }
  const created = entryChange(undefined, freerunEntry({ ...KEPT_ENTRY, on: false }), 'create');
  await commit(store, [created]);
  await fire(store, await fire(store, created.record, { units: 2, event: 'fail' }), { units: UNITS });
};

/** How a unit ends, and its job with it. */
type Ending =
  { readonly event: 'complete'; readonly to: 'PROCESSED' } | { readonly event: 'empty'; readonly to: 'NOOP' };

/** Does a job again and again, long ago. */
const redo = async (store: MovableStore, job: JobRecord, { event, to }: Ending): Promise<void> => {
  const key = { processName: job.processName, timeperiod: job.timeperiod };
  const [first] = await store.uows([job.relatedUow ?? '']);
  if (first === undefined) throw new Error(`${jobKeyText(key)} has no unit`);
  const { startTimeperiod, endTimeperiod } = first;
  let { state: from, version } = job;
  const change = (rest: Pick<JobChange, 'from' | 'event' | 'to' | 'set'>): Write => ({
    ...{ kind: 'job', ...key, version: version++ },
    ...rest,
  });
  for (let sequence = job.uowCount + 1; sequence <= job.uowCount + REDONE; sequence++, from = to) {
    const id = jobUowId(key, sequence);
    const uow = oldUnit(id, { ...key, sequence, startTimeperiod, endTimeperiod });
    const set = { relatedUow: id, uowCount: sequence };
    await commit(store, [change({ from, event: 'reprocess', to: 'EMBRYO', set: {} })]);
    await commit(store, [
      change({ from: 'EMBRYO', event: 'start', to: 'IN_PROGRESS', set }),
      { kind: 'uow-insert', uow },
    ]);
    await end(store, [uow], event);
    await commit(store, [change({ from: 'IN_PROGRESS', event, to, set: {} })]);
  }
};

const jobsOfProcess = async (store: MovableStore, processName: string): Promise<JobRecord[]> => {
  const keys: JobRecord[] = [];
  for await (const page of store.loadJobs())
    if (page.processName === processName)
      for (const timeperiod of page.timeperiods) {
        const job = await store.job({ processName, timeperiod });
        if (job !== undefined) keys.push(job);
      }
  return keys.toSorted((a, b) => (a.timeperiod < b.timeperiod ? -1 : 1));
};

/** A day that is to be made anew, and is off: the units of an hour it was made from stay. */
const leaveStale = async (store: MovableStore): Promise<void> => {
  await store
    .collection(managedSpec)
    .put({ processName: 'Day', on: false, trigger: null, arguments: null, updatedAt: 0 });
  const [day] = await jobsOfProcess(store, 'Day');
  const [hour] = await jobsOfProcess(store, 'Hour');
  if (day === undefined || hour === undefined) throw new Error('there are no jobs');
  const { processName, timeperiod, version } = day;
  const set = { redo: true, relatedUow: null };
  await commit(store, [
    {
      kind: 'job',
      processName,
      timeperiod,
      version,
      from: 'PROCESSED',
      event: 'reprocess',
      to: 'EMBRYO',
      set,
    },
  ]);
  // Without a handler, which would have left its mark.
  await redo(store, hour, { event: 'empty', to: 'NOOP' });
};

/** What must be there whenever retention is killed. */
interface MustStay {
  readonly uows: readonly string[];
  /** Places of rows, by entity. */
  readonly rows: ReadonlyMap<string, readonly number[]>;
}

const rowsOf = (store: MovableStore, entityId: string, limit: number) => store.journal({ entityId, limit });

const mustStay = async (store: MovableStore): Promise<MustStay> => {
  const entry = await store.collection(freerunSpec).get(KEPT_ENTRY);
  const ofEntry = await store.findUows({ ...KEPT_ENTRY });
  const jobs = await jobsOfProcess(store, 'Shell');
  const ofJobs = await store.findUows({ processName: 'Shell', limit: KEPT });
  const [hour] = await jobsOfProcess(store, 'Hour');
  const uows = [
    ...(hour === undefined
      ? []
      : await store.findUows({ processName: hour.processName, timeperiod: hour.timeperiod })
    ).map(({ id }) => id),
    ...ofEntry.slice(0, KEPT).map(({ id }) => id),
    ...ofEntry.flatMap(({ id, state }) => (isUowFinished(state) ? [] : [id])),
    ...(entry?.relatedUow ? [entry.relatedUow] : []),
    ...ofJobs.map(({ id }) => id),
    ...jobs.flatMap(({ relatedUow }) => relatedUow ?? []),
  ];
  const rows = new Map<string, readonly number[]>();
  for (const entity of [entryKeyText(KEPT_ENTRY.processName, KEPT_ENTRY.entryName), ...jobs.map(jobKeyText)])
    rows.set(
      entity,
      (await rowsOf(store, entity, NEWEST_ROWS)).map(({ sequence }) => sequence),
    );
  return { uows: [...new Set(uows)], rows };
};

/** What is wrong with a store in which retention was killed. */
const troublesIn = async (world: World, stay: MustStay): Promise<string[]> => {
  const store = await world.store();
  await store.repair();
  const evidence = { situation: 'stopped', now: Date.now() } as const;
  const { violations } = await checkInvariants(store, { evidence });
  const there = new Set((await store.uows(stay.uows)).map(({ id }) => id));
  const lost = stay.uows.filter((id) => !there.has(id)).map((id) => `${id} is gone`);
  for (const [entity, sequences] of stay.rows) {
    const found = new Set((await rowsOf(store, entity, 1_000)).map(({ sequence }) => sequence));
    if (!sequences.every((sequence) => found.has(sequence))) lost.push(`newest rows of ${entity} are gone`);
  }
  const damage = world.place === 'embedded' ? fileDamage(world.settings.dataDir) : [];
  return [...violations.map(violationText), ...lost, ...damage];
};

/** What is known of the last start: when that was, ms, and how many kills came before it. */
interface Seen extends MustStay {
  readonly since: number;
  readonly kills: number;
}

const seen = new WeakMap<World, Seen>();

const killAll = async (world: World): Promise<void> => {
  await world.letGo();
  await kill(
    ...(await Promise.all(
      (['supervisor', 'scheduler', 'worker'] as const).map((name) => world.service(name)),
    )),
  );
  await world.run().ended;
  // What these had started ends with them, or is found by the next start.
  await within(PATIENCE, () => processesIn(world.folder).length === 0, 5);
};

const hasFinished = async (world: World): Promise<boolean> => {
  let finished = 0;
  for await (const { states } of (await world.store()).loadJobs())
    finished += states.filter((state) => state === 'PROCESSED').length;
  return finished >= jobsOf(world.workload);
};

/**
 * How far a round is let come, more or less, before everything is killed, one kill after the other: a unit goes with three
 * rows of its own.
 */
const milestones: readonly ((round: RetentionRound | undefined) => boolean)[] = [
  (round) => round !== undefined,
  (round) => round !== undefined && round.transitions > 3 * round.uows,
  () => true,
];

/** How long the shortest of the latest rounds took that deleted something, ms: the quicker the box, the sooner it is over. */
const roundLength = async (world: World): Promise<number> => {
  const rounds = await (
    await world.store()
  )
    .collection(retentionRoundSpec)
    .list({ reverse: true, limit: 20 });
  const lengths = rounds.flatMap(({ begunAt, endedAt, uows }) =>
    endedAt === null || uows === 0 ? [] : [endedAt - begunAt],
  );
  return Math.min(LATEST, ...lengths);
};

const untilInstant = async (world: World, { since, kills }: Seen): Promise<void> => {
  const rounds = (await world.store()).collection(retentionRoundSpec);
  const latest = await roundLength(world);
  const isReached = milestones[kills % milestones.length];
  const isThere = async (): Promise<boolean> => {
    const [round] = await rounds.list({ reverse: true, limit: 1 });
    return isReached?.(round !== undefined && round.begunAt >= since ? round : undefined) ?? true;
  };
  await within(ROUND, isThere, 5);
  // The first one is to meet a round in any case.
  if (kills > 0) await sleep(Math.random() * latest);
};

const retentionKilled: Fault = {
  name: 'retention killed',
  what: 'kill -9 of everything at a random instant while history is deleted, then a new start',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: PATIENCE,
  times: { short: 5, long: 200 },
  work: () => ({ days: 3, settings }),
  inject: async (world) => {
    const stay = seen.get(world);
    if (stay === undefined) {
      if (!(await within(PATIENCE, () => hasFinished(world), 100))) throw new Error('the jobs do not end');
    } else await untilInstant(world, stay);
    await killAll(world);
    const troubles = stay === undefined ? [] : await troublesIn(world, stay);
    if (troubles.length > 0) throw new Error(troubles.slice(0, 5).join('; '));
    const store = await world.store();
    const [round] = await store.collection(retentionRoundSpec).list({ reverse: true, limit: 1 });
    if (stay === undefined) await leaveStale(store);
    await addKept(store);
    await addRemoved(store);
    for (const job of await jobsOfProcess(store, 'Shell'))
      await redo(store, job, { event: 'complete', to: 'PROCESSED' });
    seen.set(world, {
      ...(await mustStay(store)),
      ...{ since: Date.now(), kills: stay === undefined ? 0 : stay.kills + 1 },
    });
    await world.letGo();
    const recovery = await took(() => world.start());
    const state = round === undefined ? 'before one' : round.endedAt === null ? 'in one' : 'after one';
    return { recovery, proof: `killed ${state}` };
  },
  verify: async (world, injections) => {
    const caught = injections.filter(({ proof }) => proof === 'killed in one').length;
    bit(caught > 0, 'no kill met a round of retention');
    const rounds = await (await world.store()).collection(retentionRoundSpec).list();
    bit(
      rounds.some(({ uows, transitions }) => uows > 0 && transitions > 0),
      'nothing was deleted',
    );
    return [];
  },
};

export const retention: readonly Fault[] = [retentionKilled];
