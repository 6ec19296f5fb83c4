import { MongoBulkWriteError } from 'mongodb';
import type { AnyBulkWriteOperation, BulkWriteResult } from 'mongodb';
import { isDuplicate } from '../failure.ts';
import type { MongoConnection } from '../connection.ts';
import { recordNames, toPendingDoc } from '../records.ts';
import type { Pending, RecordDoc, RecordWrite } from '../records.ts';

type Operation = AnyBulkWriteOperation<RecordDoc>;
type Step<Kind extends RecordWrite['kind']> = Extract<RecordWrite, { kind: Kind }>;

/** Changes in one statement. Each takes up to 300 kB, a statement 16 MB; some servers try every id on every record. */
const PER_STATEMENT = 40;

/** What the server is told about the records of one collection; `pendingOf`: what is still to be done after a change. */
export const toOperations = (
  steps: readonly RecordWrite[],
  pendingOf: (step: RecordWrite) => Pending | undefined = () => undefined,
): Operation[] => {
  const toPending = (step: RecordWrite): Partial<RecordDoc> => {
    const pending = pendingOf(step);
    return pending === undefined ? {} : { pending: toPendingDoc(pending) };
  };
  const operations: Operation[] = [];
  const changes: Step<'change'>[] = [];
  for (const step of steps) {
    if (step.kind === 'insert')
      operations.push({ insertOne: { document: { ...step.record, ...toPending(step) } } });
    else if (step.kind === 'note') operations.push(toNote(step));
    else changes.push({ ...step, set: { ...step.set, ...toPending(step) } });
  }
  for (let from = 0; from < changes.length; from += PER_STATEMENT)
    operations.push(toUpdate(changes.slice(from, from + PER_STATEMENT)));
  return operations;
};

const toNote = ({ id, state, set, fresh }: Step<'note'>): Operation => {
  const filter = state === undefined ? { _id: id } : { _id: id, state };
  const update = fresh === undefined ? { $set: set } : { $set: set, $setOnInsert: fresh };
  return { updateOne: { filter, update, upsert: fresh !== undefined } };
};

/** Those of programs before may have none. */
const versionOf = { $ifNull: ['$version', 0] };

/**
 * All in one statement: a server that writes each statement to the disk by itself takes several times as long for one
 * each. A record finds its fields by its version and id, and gets none when it has another version.
 */
const toUpdate = (changes: readonly Step<'change'>[]): Operation => {
  const keys = changes.map(({ version, id }) => `${version} ${id}`);
  // Where it is not found the place is -1, which stands for the last one.
  const fields = [...changes.map(({ set }) => set), {}];
  const place = { $indexOfArray: [{ $literal: keys }, { $concat: [{ $toString: versionOf }, ' ', '$_id'] }] };
  const changed = { $arrayElemAt: [{ $literal: fields }, place] };
  return {
    updateMany: {
      filter: { _id: { $in: changes.map(({ id }) => id) } },
      update: [{ $replaceWith: { $mergeObjects: ['$$ROOT', changed] } }],
    },
  };
};

/** Runs all, and fails only when all have ended: nothing is under way any more when it is repeated. */
export const together = async <T>(tasks: readonly Promise<T>[]): Promise<T[]> => {
  const results = await Promise.allSettled(tasks);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
};

/** Those of each collection, if any. */
export const byName = <T>(items: readonly T[], nameOf: (item: T) => string): [string, T[]][] =>
  recordNames
    .map((name): [string, T[]] => [name, items.filter((item) => nameOf(item) === name)])
    .filter(([, ofName]) => ofName.length > 0);

type Counts = Pick<BulkWriteResult, 'insertedCount' | 'matchedCount' | 'modifiedCount' | 'upsertedCount'>;

/** Sends operations in no order; records that are there already are none of the counted. */
export const send = async (
  connection: MongoConnection,
  name: string,
  operations: readonly AnyBulkWriteOperation<RecordDoc>[],
): Promise<Counts> => {
  try {
    return await connection.records(name).bulkWrite(operations, { ordered: false });
  } catch (error) {
    if (error instanceof MongoBulkWriteError && isDuplicate(error)) return error.result;
    throw error;
  }
};

/** Writes steps without a competing writer. Returns how many records they changed. */
export const bulkWrite = async (
  connection: MongoConnection,
  steps: readonly RecordWrite[],
): Promise<number> => {
  const changed = await together(
    byName(steps, ({ name }) => name).map(async ([name, ofName]) => {
      const counts = await connection.ride(() => send(connection, name, toOperations(ofName)));
      return counts.insertedCount + counts.modifiedCount + counts.upsertedCount;
    }),
  );
  return changed.reduce((sum, count) => sum + count, 0);
};
