import { findByIds } from '../find-by-ids.ts';
import type { MongoConnection } from '../connection.ts';
import { insertNew } from '../insert-new.ts';
import { TRANSITION, toTransitionDoc } from '../journal.ts';
import type { TransitionDoc } from '../journal.ts';
import { recordNames } from '../records.ts';
import type { Pending, RecordDoc, RecordName, RecordWrite } from '../records.ts';
import type { Block, Reservation, JournalSequence } from './journal-sequence.ts';
import { byName, send, together, toOperation, bulkWrite } from './bulk-write.ts';

/** A change of one record, and what it brings with it. */
export interface Intent {
  readonly step: Exclude<RecordWrite, { kind: 'note' }>;
  readonly pending: Pending;
}

/**
 * Changes records without transactions, on any topology. A change is one update of one record, on the version that
 * was seen, and leaves in the record what is still to be done: the rows of the journal, and the other writes of its
 * group. Then that is done, and then its block of numbers is struck off the record. So whatever stops between two of
 * the steps leaves a record that tells how to go on, and a block that tells where to look for it; and every step can
 * be repeated by any writer.
 */
export interface WriteAhead {
  /** Returns those that happened; the others met another version. `block`: numbers of these changes and no others. */
  readonly carryOut: (intents: readonly Intent[], block: Reservation) => Promise<ReadonlySet<Intent>>;
  /** Writes outside of any change. */
  readonly take: (notes: readonly RecordWrite[]) => Promise<void>;
  /** Finishes what others left in these records, which may be read `withoutPending`; true when there was any, and the records are to be read again. */
  readonly settle: (name: RecordName, records: readonly RecordDoc[], block: Reservation) => Promise<boolean>;
  /** The same for all records whose last change has a place in one of the blocks. Returns how many lacked something. */
  readonly settleBlocks: (blocks: readonly Block[]) => Promise<number>;
  /** The same for all records. */
  readonly repair: (age?: number) => Promise<number>;
}

export const createWriteAhead = (connection: MongoConnection, sequence: JournalSequence): WriteAhead => {
  const finish = createFinish(connection);
  const apply = createApply(connection);
  const mend = createMend(connection, finish);
  const settleBlocks = async (blocks: readonly Block[]): Promise<number> => {
    const counts = blocks.flatMap((block) =>
      recordNames.map((name) => settleBlock(connection, { name, block, mend })),
    );
    return (await together(counts)).reduce((sum, count) => sum + count, 0);
  };
  return {
    carryOut: async (intents, block) => {
      const applied = await apply(intents, block);
      await finish([...applied].map(({ pending }) => pending));
      sequence.finish(block);
      return applied;
    },
    take: async (notes) => {
      await bulkWrite(connection, notes);
    },
    settle: async (name, records, { mayBeOpen }) => {
      const open = records.filter(({ pending }) => pending && mayBeOpen(pending.place));
      if (open.length === 0) return false;
      const ids = open.map(({ _id }) => _id);
      await mend(name, await connection.ride(() => findByIds(connection.records(name), ids)));
      return true;
    },
    settleBlocks,
    repair: async (age = 0) => {
      await sequence.flush();
      const blocks = await sequence.open(age);
      const mended = await settleBlocks(blocks);
      await sequence.retire(blocks);
      return mended;
    },
  };
};

/** Does what changes left to be done. Returns how much of it was not done already. */
type Finish = (pendings: readonly Pending[]) => Promise<number>;

const createFinish = (connection: MongoConnection): Finish => {
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  return async (pendings) => {
    const rows = pendings.flatMap((pending) => pending.rows).map(toTransitionDoc);
    const rest = pendings.flatMap((pending) => pending.rest);
    const [journaled = 0, written = 0] = await together([
      connection.ride(() => insertNew(journal, rows)),
      bulkWrite(connection, rest),
    ]);
    return journaled + written;
  };
};

/** Finishes records; returns how many lacked something, roughly. */
type Mend = (name: RecordName, records: readonly RecordDoc[]) => Promise<number>;

const createMend = (connection: MongoConnection, finish: Finish): Mend => {
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

  return async (name, records) => {
    const pendings = records.flatMap(({ pending }) => pending ?? []);
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

interface BlockToSettle {
  readonly name: RecordName;
  readonly block: Block;
  readonly mend: Mend;
}

/** The writer may still be at work on them: it finds everything done, and goes on. */
const settleBlock = async (
  connection: MongoConnection,
  { name, block, mend }: BlockToSettle,
): Promise<number> => {
  const range = { $gte: block.first, $lt: block.end };
  // A record that was changed is in the place of its change until it is changed again, and an index knows places.
  const changed = { place: range, 'pending.place': range };
  const records = await connection.ride(() => connection.records(name).find(changed).toArray());
  return mend(name, records);
};

/** Makes the changes; which of them happened is known in the end, whatever became of the answers. */
const createApply = (connection: MongoConnection) => {
  const happened = createHappened(connection);
  const attempt = async (
    name: RecordName,
    intents: readonly Intent[],
    { until }: Reservation,
  ): Promise<readonly Intent[]> => {
    // No repair would look for what is left unfinished in a block that is no longer on record.
    if (performance.now() > until) return happened(name, intents);
    const operations = intents.map(({ step, pending }) => toOperation(step, pending));
    const { insertedCount, matchedCount } = await send(connection, name, operations);
    return insertedCount + matchedCount === intents.length ? intents : happened(name, intents);
  };
  return async (intents: readonly Intent[], block: Reservation): Promise<ReadonlySet<Intent>> => {
    // To repeat is harmless: what was applied fits no more, and is found to have happened.
    const applied = await together(
      byName(intents, ({ step }) => step.name).map(([name, ofName]) =>
        connection.ride(() => attempt(name, ofName, block)),
      ),
    );
    return new Set(applied.flat());
  };
};

const idOf = ({ step }: Intent): string => (step.kind === 'insert' ? step.record._id : step.id);

/** Looks which changes happened. A change is known by its place in the journal, since no other change has it. */
const createHappened = (connection: MongoConnection) => {
  const journal = connection.collection<TransitionDoc>(TRANSITION);
  // What the primary has is looked at, be it confirmed or not: the rows of the journal, which follow, are confirmed
  // by a majority only with everything before them.
  const readConcern = 'local';
  return async (name: RecordName, intents: readonly Intent[]): Promise<Intent[]> => {
    const records = await connection
      .records(name)
      .find({ _id: { $in: intents.map(idOf) } }, { projection: { place: 1 }, readConcern })
      .toArray();
    const places = new Map(records.map(({ _id, place }) => [_id, place]));
    const placeOf = (intent: Intent): number => places.get(idOf(intent)) ?? 0;
    // A record that was changed again had this change journaled before.
    const overtaken = intents.filter((intent) => placeOf(intent) > intent.pending.place);
    const rows = await journal
      .find(
        { _id: { $in: overtaken.map(({ pending }) => pending.place) } },
        { projection: { _id: 1 }, readConcern },
      )
      .toArray();
    const journaled = new Set(rows.map(({ _id }) => _id));
    return intents.filter(
      (intent) => placeOf(intent) === intent.pending.place || journaled.has(intent.pending.place),
    );
  };
};
