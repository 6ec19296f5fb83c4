import { MongoBulkWriteError } from 'mongodb';
import type { AnyBulkWriteOperation, BulkWriteResult } from 'mongodb';
import { isDuplicate } from '../failure.ts';
import type { MongoConnection } from '../connection.ts';
import { recordNames } from '../records.ts';
import type { Pending, RecordDoc, RecordWrite } from '../records.ts';

/** What the server is told, and, in a change that decides for others, what is still to be done after it. */
export const toOperation = (step: RecordWrite, pending?: Pending): AnyBulkWriteOperation<RecordDoc> => {
  const more = pending === undefined ? {} : { pending };
  switch (step.kind) {
    case 'insert':
      return { insertOne: { document: { ...step.record, ...more } } };
    case 'change': {
      // Those of programs before may have none.
      const version = step.version === 0 ? { $not: { $gt: 0 } } : step.version;
      const filter = { _id: step.id, version };
      return { updateOne: { filter, update: { $set: { ...step.set, ...more } } } };
    }
    case 'note': {
      const { id, state, set, fresh } = step;
      const filter = state === undefined ? { _id: id } : { _id: id, state };
      const update = fresh === undefined ? { $set: set } : { $set: set, $setOnInsert: fresh };
      return { updateOne: { filter, update, upsert: fresh !== undefined } };
    }
  }
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
      const operations = ofName.map((step) => toOperation(step));
      const counts = await connection.ride(() => send(connection, name, operations));
      return counts.insertedCount + counts.modifiedCount + counts.upsertedCount;
    }),
  );
  return changed.reduce((sum, count) => sum + count, 0);
};
