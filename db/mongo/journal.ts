import { jobStates } from '../../domain/machine/job-machine.ts';
import { isJobFinished } from '../../domain/machine/transition.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import { ceilingOf } from '../../domain/key-range.ts';
import type { JournalFilter, Store } from '../store.ts';
import { createReach } from './commit/journal-sequence.ts';
import type { MongoConnection } from './connection.ts';
import { outside } from './outside.ts';

export const TRANSITION = 'transition';

const finished = jobStates.filter(isJobFinished);

/** Rows are stored under their place: a place cannot be taken twice. */
export interface TransitionDoc extends Omit<TransitionRecord, 'sequence'> {
  readonly _id: number;
}

export const toTransitionDoc = ({ sequence, ...row }: TransitionRecord): TransitionDoc => ({
  _id: sequence,
  ...row,
});

export const toTransition = ({ _id, ...row }: TransitionDoc): TransitionRecord => ({ sequence: _id, ...row });

const beginsWith = (prefix: string): object => ({ entityId: { $gte: prefix, $lt: ceilingOf(prefix) } });

/**
 * Reads the journal. Rows of changes made at the same time may arrive out of order, so a row can show up before one
 * that was read already; the rows of one record never do.
 */
export const createJournal = (
  connection: MongoConnection,
): Pick<Store, 'journal' | 'journalReach' | 'countFinishedJobs'> => {
  const { ride, collection } = connection;
  const rows = collection<TransitionDoc>(TRANSITION);
  return {
    journalReach: createReach(connection),
    journal: async ({ entityId, entityPrefixes, after, before, except, limit }: JournalFilter) => {
      const filter = {
        _id: { $gt: after ?? 0, $lt: before ?? Number.MAX_SAFE_INTEGER },
        ...(entityPrefixes === undefined
          ? entityId !== undefined && { entityId }
          : { $or: [...entityPrefixes.map(beginsWith), ...(entityId === undefined ? [] : [{ entityId }])] }),
        ...outside('entityId', except),
      };
      const order = after === undefined ? -1 : 1;
      // Versions rise with the places, and are what the index of a record's rows goes by.
      const isOne = entityId !== undefined && entityPrefixes === undefined;
      const last = after || before;
      const bound =
        isOne && last !== undefined
          ? await ride(() => rows.findOne({ _id: last, entityId }, { projection: { version: 1 } }))
          : null;
      const beyond = bound !== null && { version: { [order === 1 ? '$gt' : '$lt']: bound.version } };
      const sort = isOne ? ({ version: order } as const) : ({ _id: order } as const);
      const found = await ride(() =>
        rows
          .find({ ...filter, ...beyond })
          .sort(sort)
          .limit(limit)
          .toArray(),
      );
      return found.map(toTransition);
    },
    countFinishedJobs: ({ from, to }) =>
      ride(() =>
        rows.countDocuments({ entityKind: 'job', to: { $in: finished }, at: { $gte: from, $lt: to } }),
      ),
  };
};
