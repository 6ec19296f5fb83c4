import { DeposedError } from '../../../domain/errors.ts';
import { isUowFinished } from '../../../domain/machine/transition.ts';
import { addBatch, addUnits, unitsByJob } from '../../../domain/retention/tally.ts';
import type { ExpiredBatch, ExpiredUow } from '../../../domain/retention/tally.ts';
import { expiredJobSpec, expiredSpec } from '../../collections.ts';
import type { EntryKey, ExpiryStep, Store } from '../../store.ts';
import { REJECTED_REPORT } from '../claims.ts';
import type { Changes } from '../commit/changes.ts';
import { serverNow } from '../commit/journal-sequence.ts';
import type { JournalSequence } from '../commit/journal-sequence.ts';
import type { MongoConnection } from '../connection.ts';
import { EXPIRY_STEP, createCountIn } from './count-in.ts';
import { findByIds } from '../find-by-ids.ts';
import { TRANSITION } from '../journal.ts';
import { createDeleteRows, createFindCut } from './journal-cut.ts';
import type { CutStep } from './journal-cut.ts';
import { LOG_RECORD } from '../logs.ts';
import { createSpace } from '../space.ts';
import type { Space } from '../space.ts';
import type { UowDoc } from '../records.ts';

/** Units of work that a step deletes. */
interface UowsStep extends Omit<ExpiredBatch, 'step'> {
  readonly _id: string;
}

/** A step as it was begun: what it names is as good as gone. `begunAt` is by the server's clock. */
type StepDoc = (UowsStep | CutStep) & { readonly begunAt: Date };

interface Parts extends Pick<Store, 'collection'> {
  readonly connection: MongoConnection;
  readonly changes: Pick<Changes, 'repair'>;
  readonly sequence: JournalSequence;
}

/** Ids in one request. Some servers try every id on every document. */
const MOST_IDS = 100;

/** Whose documents belong to units of work, and by which field. */
const belongings = {
  transitions: [TRANSITION, 'entityId'],
  lines: [LOG_RECORD, 'parentId'],
  reports: [REJECTED_REPORT, 'uow'],
} as const;

/**
 * What retention deletes. There is no transaction over documents: a step goes on record with all that it is to delete, then
 * the rows, lines and reports are deleted, the units last. Whoever finds a step on record can do it to the end.
 */
export const createExpiry = (
  parts: Parts,
): Pick<Store, 'entriesWithUows' | 'expireUows' | 'expireTransitions' | 'repair'> & Space => {
  const { connection, changes, sequence } = parts;
  const steps = connection.collection<StepDoc>(EXPIRY_STEP);
  const stage = createStage(parts);
  const findCut = createFindCut(parts);
  const finish = createFinish(parts);
  const doStep = async (step: UowsStep | CutStep): Promise<void> => {
    const begun = [{ $replaceWith: { $mergeObjects: [{ $literal: step }, { begunAt: '$$NOW' }] } }];
    await connection.ride(() => steps.updateOne({ _id: step._id }, begun, { upsert: true }));
    await finish(step);
  };
  const finishOpen = async (age: number): Promise<number> => {
    const isOld = { $expr: { $lte: [{ $toLong: '$begunAt' }, { $subtract: [serverNow, age] }] } };
    const open = await connection.ride(() => steps.find(isOld).toArray());
    for (const doc of open) await finish(doc);
    return open.length;
  };
  /** What a step before was cut off in may be among what this one is to delete. */
  const ready = async ({ epoch }: Pick<ExpiryStep, 'epoch'>): Promise<void> => {
    if ((await sequence.latestEpoch()) > epoch) throw new DeposedError(epoch);
    await finishOpen(0);
  };
  return {
    ...createSpace(connection),
    entriesWithUows: createEntries(connection),
    expireUows: async (step) => {
      await ready(step);
      const doc = await stage(step);
      if (doc.uows.length > 0) await doStep(doc);
      return doc.counts;
    },
    expireTransitions: async (step) => {
      // To look costs little.
      if ((await findCut(step)) === undefined) return undefined;
      await ready(step);
      const cut = await findCut(step);
      if (cut === undefined) return undefined;
      const { id: _id, removed } = step;
      await doStep({ _id, journal: cut.journal, ...(removed && { removed }) });
      return cut;
    },
    repair: async (age = 0) => (await changes.repair(age)) + (await finishOpen(age)),
  };
};

/** From one entry to the next along the index, so that it does not matter how many units each has. */
const createEntries = ({ collection, ride }: MongoConnection): Store['entriesWithUows'] => {
  const units = collection<UowDoc>('unit_of_work');
  return async () => {
    const entries: EntryKey[] = [];
    for (;;) {
      const last = entries.at(-1);
      const beyond =
        last === undefined
          ? {}
          : {
              $or: [
                { processName: last.processName, entryName: { $gt: last.entryName } },
                { processName: { $gt: last.processName } },
              ],
            };
      const found = await ride(() =>
        units.findOne(
          { kind: 'freerun', ...beyond },
          { sort: { processName: 1, entryName: 1 }, projection: { processName: 1, entryName: 1 } },
        ),
      );
      if (found === null) return entries;
      entries.push({ processName: found.processName, entryName: found.entryName ?? '' });
    }
  };
};

const chunksOf = (ids: readonly string[]): (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_, i) =>
    ids.slice(i * MOST_IDS, (i + 1) * MOST_IDS),
  );

/** What a step may delete of the units that it names. */
const createStage = ({ connection, changes, sequence }: Parts) => {
  const { collection, ride } = connection;
  const count = async ([name, field]: readonly [string, string], ids: readonly string[]): Promise<number> => {
    const counts = chunksOf(ids).map((chunk) =>
      ride(() => collection(name).countDocuments({ [field]: { $in: chunk } })),
    );
    return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
  };
  /** Finished and as seen; nothing of them is pending in the end. */
  const find = async ({ uows }: ExpiryStep): Promise<ExpiredUow[]> => {
    const versions = new Map(uows.map(({ id, version }) => [id, version]));
    const units = collection<UowDoc>('unit_of_work');
    const found = await ride(() => findByIds(units, [...versions.keys()], { projection: { pending: 0 } }));
    const docs = found.filter(
      ({ _id, state, version }) => isUowFinished(state) && version === versions.get(_id),
    );
    const blocks = await sequence.open(0);
    const isOpen = ({ place }: UowDoc): boolean =>
      blocks.some(({ first, end }) => first <= place && place < end);
    if (docs.some(isOpen)) await changes.repair();
    return docs.map(({ _id: id, kind, processName, timeperiod, state, version, createdAt, finishedAt }) => ({
      ...{ id, kind, processName, timeperiod, state, version, createdAt, finishedAt },
    }));
  };
  return async (step: ExpiryStep): Promise<UowsStep> => {
    const uows = await find(step);
    const ids = uows.map(({ id }) => id);
    const [transitions, lines, reports] = await Promise.all([
      count(belongings.transitions, ids),
      count(belongings.lines, ids),
      count(belongings.reports, ids),
    ]);
    const counts = { uows: uows.length, transitions, lines, reports };
    return { _id: step.id, entity: step.entity, uows, counts };
  };
};

/** Does what a step on record names, and strikes it off. To do it twice does no harm. */
const createFinish = ({ connection, collection: recordsOf }: Parts) => {
  const { collection, ride } = connection;
  const remove = async ([name, field]: readonly [string, string], ids: readonly string[]): Promise<void> => {
    for (const chunk of chunksOf(ids))
      await ride(() => collection(name).deleteMany({ [field]: { $in: chunk } }));
  };
  const steps = collection<StepDoc>(EXPIRY_STEP);
  const countIn = createCountIn(connection);
  const deleteRows = createDeleteRows({ connection, collection: recordsOf }, countIn);
  const note = async (batch: ExpiredBatch): Promise<void> => {
    const { entity, step } = batch;
    for (const job of unitsByJob(batch)) {
      const key = { processName: job.processName, timeperiod: job.timeperiod };
      await countIn(recordsOf(expiredJobSpec), (known) => addUnits(known, job, step), { key, step });
    }
    await countIn(recordsOf(expiredSpec), (known) => addBatch(known, batch), { key: { entity }, step });
  };
  const deleteUows = async ({ _id: step, entity, uows, counts }: UowsStep): Promise<void> => {
    const ids = uows.map(({ id }) => id);
    await Promise.all(Object.values(belongings).map((each) => remove(each, ids)));
    await remove(['unit_of_work', '_id'], ids);
    await note({ step, entity, uows, counts });
  };
  return async (step: UowsStep | CutStep): Promise<void> => {
    await ('journal' in step ? deleteRows(step) : deleteUows(step));
    await ride(() => steps.deleteOne({ _id: step._id }));
  };
};
