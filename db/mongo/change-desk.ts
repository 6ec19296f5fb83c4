import { MongoBulkWriteError } from 'mongodb';
import type { AnyBulkWriteOperation, BulkWriteResult } from 'mongodb';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { createCleaner } from './cleaner.ts';
import { isDuplicate } from './failure.ts';
import type { Ground } from './ground.ts';
import { insertNew } from './insert-new.ts';
import { TRANSITION, toTransitionDoc } from './journal.ts';
import type { TransitionDoc } from './journal.ts';
import type { Pending, RecordDoc, RecordName, Step } from './records.ts';
import type { Block } from './sequence.ts';

/** A change of one record, and what it brings with it. */
export interface Intent {
  readonly step: Exclude<Step, { kind: 'note' }>;
  readonly pending: Pending;
}

/**
 * Changes records without transactions, on any topology. A change is one update of one record, on the version that
 * was seen, and leaves in the record what is still to be done: the rows of the journal, and the other writes of its
 * group. Then that is done, and then forgotten. So whatever stops between two of the steps leaves a record that
 * tells how to go on, and every step can be repeated by anybody.
 */
export interface ChangeDesk {
  /** Returns those that happened; the others met another version. `block`: numbers of these changes and no others. */
  readonly carryOut: (intents: readonly Intent[], block: Block) => Promise<ReadonlySet<Intent>>;
  /** Writes outside of any change. */
  readonly take: (notes: readonly Step[]) => Promise<void>;
  /** Finishes what others left in these records; true when there was any, and the records are to be read again. */
  readonly settle: (name: RecordName, records: readonly RecordDoc[]) => Promise<boolean>;
  /** The same for all records. Returns how many lacked something. */
  readonly repair: () => Promise<number>;
  /** Resolves when what is done is forgotten, or cannot be for now. */
  readonly flush: () => Promise<void>;
}

const REPAIR_PAGE = 100;

export const createChangeDesk = (ground: Ground): ChangeDesk => {
  const cleaner = createCleaner(ground);
  const finish = createFinish(ground);
  const applyAll = createApply(ground);

  /** True when something was missing. */
  const mend = async (name: RecordName, { _id, pending }: RecordDoc): Promise<boolean> => {
    if (pending === undefined) return false;
    const missing = await finish([pending]);
    const asSeen = { _id, 'pending.place': pending.place };
    await ground.ride(() => ground.records(name).updateOne(asSeen, { $unset: { pending: '' } }));
    return missing > 0;
  };

  const repairOf = async (name: RecordName): Promise<number> => {
    let mended = 0;
    for (let last = 0; ;) {
      const unfinished = { 'pending.place': { $gt: last } };
      const page = await ground.ride(() =>
        ground.records(name).find(unfinished).sort({ 'pending.place': 1 }).limit(REPAIR_PAGE).toArray(),
      );
      const outcomes = await Promise.all(page.map((record) => mend(name, record)));
      mended += outcomes.filter(Boolean).length;
      const end = page.at(-1)?.pending?.place;
      if (end === undefined) return mended;
      last = end;
    }
  };

  return {
    carryOut: async (intents, block) => {
      const applied = await applyAll(intents);
      await finish([...applied].map(({ pending }) => pending));
      cleaner.forget(block, [...new Set(intents.map(({ step }) => step.name))]);
      return applied;
    },
    take: async (notes) => {
      await write(ground, notes);
    },
    settle: async (name, records) => {
      const foreign = records.filter(({ pending }) => pending && !cleaner.isDone(pending.place));
      await Promise.all(foreign.map((record) => mend(name, record)));
      return foreign.length > 0;
    },
    repair: async () => {
      await cleaner.flush();
      return (await repairOf('unit_of_work')) + (await repairOf('job'));
    },
    flush: cleaner.flush,
  };
};

const toOperation = (step: Step, pending?: Pending): AnyBulkWriteOperation<RecordDoc> => {
  const more = pending === undefined ? {} : { pending };
  switch (step.kind) {
    case 'insert':
      return { insertOne: { document: { ...step.record, ...more } } };
    case 'change':
      return {
        updateOne: {
          filter: { _id: step.id, version: step.version },
          update: { $set: { ...step.set, ...more } },
        },
      };
    case 'note': {
      const { id, state, set, fresh } = step;
      const filter = state === undefined ? { _id: id } : { _id: id, state };
      const update = fresh === undefined ? { $set: set } : { $set: set, $setOnInsert: fresh };
      return { updateOne: { filter, update, upsert: fresh !== undefined } };
    }
  }
};

/** Runs all, and fails only when all have ended: nothing is under way any more when it is repeated. */
const together = async <T>(tasks: readonly Promise<T>[]): Promise<T[]> => {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
};

const names: readonly RecordName[] = ['job', 'unit_of_work'];

const byName = <T>(items: readonly T[], nameOf: (item: T) => RecordName): [RecordName, T[]][] =>
  names
    .map((name): [RecordName, T[]] => [name, items.filter((item) => nameOf(item) === name)])
    .filter(([, ofName]) => ofName.length > 0);

type Counts = Pick<BulkWriteResult, 'insertedCount' | 'matchedCount' | 'modifiedCount' | 'upsertedCount'>;

const send = async (
  ground: Ground,
  name: RecordName,
  operations: readonly AnyBulkWriteOperation<RecordDoc>[],
): Promise<Counts> => {
  try {
    return await ground.records(name).bulkWrite(operations, { ordered: false });
  } catch (error) {
    if (error instanceof MongoBulkWriteError && isDuplicate(error)) return error.result;
    throw error;
  }
};

/** Writes steps nobody competes for. Returns how many records they changed. */
const write = async (ground: Ground, steps: readonly Step[]): Promise<number> => {
  const changed = await together(
    byName(steps, ({ name }) => name).map(async ([name, ofName]) => {
      const operations = ofName.map((step) => toOperation(step));
      const counts = await ground.ride(() => send(ground, name, operations));
      return counts.insertedCount + counts.modifiedCount + counts.upsertedCount;
    }),
  );
  return changed.reduce((sum, count) => sum + count, 0);
};

/** Does what changes left to be done. Returns how much of it was not done already. */
const createFinish = (ground: Ground) => {
  const journal = ground.collection<TransitionDoc>(TRANSITION);
  return async (pendings: readonly Pending[]): Promise<number> => {
    const rows = pendings.flatMap((pending) => pending.rows).map(toTransitionDoc);
    const rest = pendings.flatMap((pending) => pending.rest);
    const [journaled = 0, written = 0] = await together([
      ground.ride(() => insertNew(journal, rows)),
      write(ground, rest),
    ]);
    return journaled + written;
  };
};

/** First step of all changes; which of them happened is known in the end, whatever became of the answers. */
const createApply = (ground: Ground) => {
  const journal = ground.collection<TransitionDoc>(TRANSITION);

  // What the primary has is looked at, be it confirmed or not: the rows of the journal, which follow, are confirmed
  // by a majority only with everything before them.
  const readConcern = 'local';

  const happened = async (name: RecordName, intents: readonly Intent[]): Promise<Intent[]> => {
    const ids = intents.map(({ step }) => (step.kind === 'insert' ? step.record._id : step.id));
    const found = await ground
      .records(name)
      .find({ _id: { $in: ids } }, { projection: { place: 1 }, readConcern })
      .toArray();
    const places = new Map(found.map(({ _id, place }) => [_id, place]));
    const placeAt = (index: number): number => places.get(ids[index] ?? '') ?? 0;
    // A record that was changed again had its change journaled before.
    const overtaken = intents.filter(({ pending }, index) => placeAt(index) > pending.place);
    const rows = await journal
      .find(
        { _id: { $in: overtaken.map(({ pending }) => pending.place) } },
        { projection: { _id: 1 }, readConcern },
      )
      .toArray();
    const journaled = new Set(rows.map(({ _id }) => _id));
    return intents.filter(
      ({ pending: { place } }, index) => placeAt(index) === place || journaled.has(place),
    );
  };

  const attempt = async (name: RecordName, intents: readonly Intent[]): Promise<Intent[]> => {
    const operations = intents.map(({ step, pending }) => toOperation(step, pending));
    const { insertedCount, matchedCount } = await send(ground, name, operations);
    return insertedCount + matchedCount === intents.length ? [...intents] : happened(name, intents);
  };

  return async (intents: readonly Intent[]): Promise<ReadonlySet<Intent>> => {
    // To repeat is harmless: what was applied fits no more, and is found to have happened.
    const applied = await together(
      byName(intents, ({ step }) => step.name).map(([name, ofName]) =>
        ground.ride(() => attempt(name, ofName)),
      ),
    );
    return new Set(applied.flat());
  };
};
