import type { MongoConnection } from '../connection.ts';
import { findByIds } from '../find-by-ids.ts';
import { insertNew } from '../insert-new.ts';
import { TRANSITION, toTransitionDoc } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { recordNames, toPending } from '../records.ts';
import type { Pending, RecordDoc, RecordWrite } from '../records.ts';
import { bulkWrite, byName, send, together, toOperations } from './bulk-write.ts';
import type { Block, JournalSequence, ReservedBlock } from './journal-sequence.ts';
import { createSeenRecords } from './seen-records.ts';

/** The one write that decides for its group, and what is pending once it is made. `commit.ts` has the whole picture. */
export interface Change {
  readonly write: Exclude<RecordWrite, { kind: 'note' }>;
  readonly pending: Pending;
}

/** What writes of records go through. */
export interface WritingParts {
  readonly connection: MongoConnection;
  readonly changes: Changes;
  readonly sequence: JournalSequence;
}

/** Some records of one collection. */
export type RecordsOf = readonly [string, readonly RecordDoc[]];

export type Changes = ReturnType<typeof createChanges>;

export const createChanges = (connection: MongoConnection, sequence: JournalSequence) => {
  const finish = createFinish(connection);
  const apply = createApply(connection);
  const finishIn = createFinishIn(connection, finish);
  const finishBlocks = async (blocks: readonly Block[]): Promise<number> => {
    const counts = blocks.flatMap((block) =>
      recordNames.map(async (name) => finishIn(name, await changedIn(connection, name, block))),
    );
    return (await together(counts)).reduce((sum, count) => sum + count, 0);
  };
  /** Returns whether there were any. */
  const finishThese = async (name: string, records: readonly RecordDoc[]): Promise<boolean> => {
    const ids = records.map(({ _id }) => _id);
    if (ids.length > 0)
      await finishIn(name, await connection.ride(() => findByIds(connection.records(name), ids)));
    return ids.length > 0;
  };
  return {
    seen: createSeenRecords(),
    /** Makes and finishes changes. Returns those that happened; the others met another version. `block`: numbers of these changes and no others. */
    make: async (changes: readonly Change[], block: ReservedBlock): Promise<ReadonlySet<Change>> => {
      const made = await apply(changes, block);
      await finish([...made].map(({ pending }) => pending));
      sequence.finish(block);
      return made;
    },
    /**
     * Whether these records, which may be read `withoutPending`, can be changed as they were seen: nothing in them was
     * pending, no number in them exceeds those of the block. Otherwise the block is given up, what was pending is done
     * by now, and they are to be read again.
     */
    areReady: async (records: readonly RecordsOf[], block: ReservedBlock): Promise<boolean> => {
      const isOpen = ({ pending }: RecordDoc): boolean =>
        pending !== undefined && block.mayBeOpen(pending.place);
      const earlier = await finishBlocks(block.earlier);
      const found = await together(records.map(([name, docs]) => finishThese(name, docs.filter(isOpen))));
      // A row with a number below the one before would come before it in the journal.
      const isInOrder = records.every(([, docs]) => docs.every(({ place }) => place < block.first));
      const ready = earlier === 0 && !found.includes(true) && isInOrder;
      if (!ready) sequence.finish(block);
      return ready;
    },
    /** Does what is pending in the records of all blocks on record for `age` ms. Returns how many lacked something. */
    repair: async (age = 0): Promise<number> => {
      await sequence.flush();
      const blocks = await sequence.open(age);
      const lacking = await finishBlocks(blocks);
      await sequence.retire(blocks);
      return lacking;
    },
  };
};

/** Rows that are written beside the other writes, to save the time of an answer. */
const FEW = 100;

const inTurn = async (steps: readonly (() => Promise<number>)[]): Promise<number[]> => {
  const counts: number[] = [];
  for (const step of steps) counts.push(await step());
  return counts;
};

/** Does what changes left pending. Returns how much of it was not done already. */
const createFinish = (connection: MongoConnection) => {
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  return async (pendings: readonly Pending[]): Promise<number> => {
    const rows = pendings.flatMap((pending) => pending.rows).map(toTransitionDoc);
    const rest = pendings.flatMap((pending) => pending.rest);
    const steps = [() => connection.ride(() => insertNew(journal, rows)), () => bulkWrite(connection, rest)];
    // One of many is work enough for a server, and some take longer for both at once.
    const counts = rows.length > FEW ? await inTurn(steps) : await together(steps.map((step) => step()));
    return counts.reduce((sum, count) => sum + count, 0);
  };
};

/** Does what is pending in records that another writer changed, and notes that it is done; returns how many lacked something, roughly. */
const createFinishIn = (connection: MongoConnection, finish: ReturnType<typeof createFinish>) => {
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  /** Usually all rows are there, and to try to insert them costs more than to look. */
  const lacking = async (pendings: readonly Pending[]): Promise<Pending[]> => {
    const places = pendings.flatMap(({ rows }) => rows.map(({ sequence }) => sequence));
    const found = await connection.ride(() => findByIds(journal, places, { projection: { _id: 1 } }));
    const there = new Set(found.map(({ _id }) => _id));
    return pendings.map((pending) => ({
      ...pending,
      rows: pending.rows.filter(({ sequence }) => !there.has(sequence)),
    }));
  };

  return async (name: string, records: readonly RecordDoc[]): Promise<number> => {
    const pendings = records.flatMap(({ pending }) => (pending ? toPending(pending) : []));
    if (pendings.length === 0) return 0;
    const missing = await finish(await lacking(pendings));
    const asSeen = {
      _id: { $in: records.map(({ _id }) => _id) },
      'pending.place': { $in: pendings.map(({ place }) => place) },
    };
    await connection.ride(() => connection.records(name).updateMany(asSeen, { $unset: { pending: '' } }));
    return Math.min(missing, pendings.length);
  };
};

/** Records whose last change has a place in the block. Its writer may still be at work on them: it finds everything done, and goes on. */
const changedIn = (connection: MongoConnection, name: string, block: Block): Promise<RecordDoc[]> => {
  const range = { $gte: block.first, $lt: block.end };
  // A record that was changed is in the place of its change until it is changed again, and an index knows places.
  return connection.ride(() =>
    connection.records(name).find({ place: range, 'pending.place': range }).toArray(),
  );
};

/** Makes the changes; which of them happened is known in the end, whatever became of the answers. */
const createApply = (connection: MongoConnection) => {
  const happened = createHappened(connection);
  const attempt = async (
    name: string,
    changes: readonly Change[],
    { until }: ReservedBlock,
  ): Promise<readonly Change[]> => {
    // No repair would look for what is left pending in a block that is no longer on record.
    if (performance.now() > until) return happened(name, changes);
    const pendings = new Map<RecordWrite, Pending>(changes.map(({ write, pending }) => [write, pending]));
    const operations = toOperations([...pendings.keys()], (write) => pendings.get(write));
    const { insertedCount, modifiedCount } = await send(connection, name, operations);
    return insertedCount + modifiedCount === changes.length ? changes : happened(name, changes);
  };
  return async (changes: readonly Change[], block: ReservedBlock): Promise<ReadonlySet<Change>> => {
    // To repeat is harmless: what was applied fits no more, and is found to have happened.
    const applied = await together(
      byName(changes, ({ write }) => write.name).map(([name, ofName]) =>
        connection.ride(() => attempt(name, ofName, block)),
      ),
    );
    return new Set(applied.flat());
  };
};

const idOf = ({ write }: Change): string => (write.kind === 'insert' ? write.record._id : write.id);

/** Looks which changes happened. A change is known by its place in the journal, since no other change has it. */
const createHappened = (connection: MongoConnection) => {
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  // What the primary has is looked at, be it confirmed or not: the rows of the journal, which follow, are confirmed
  // by a majority only with everything before them.
  const readConcern = 'local';
  return async (name: string, changes: readonly Change[]): Promise<Change[]> => {
    const records = await connection
      .records(name)
      .find({ _id: { $in: changes.map(idOf) } }, { projection: { place: 1 }, readConcern })
      .toArray();
    const places = new Map(records.map(({ _id, place }) => [_id, place]));
    const placeOf = (change: Change): number => places.get(idOf(change)) ?? 0;
    // A record that was changed again had this change journaled before.
    const overtaken = changes.filter((change) => placeOf(change) > change.pending.place);
    const rows = await journal
      .find(
        { _id: { $in: overtaken.map(({ pending }) => pending.place) } },
        { projection: { _id: 1 }, readConcern },
      )
      .toArray();
    const journaled = new Set(rows.map(({ _id }) => _id));
    return changes.filter(
      (change) => placeOf(change) === change.pending.place || journaled.has(change.pending.place),
    );
  };
};
