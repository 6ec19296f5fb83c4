import type { Filter } from 'mongodb';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { KeyRange } from '../../domain/key-range.ts';
import type { Store } from '../store.ts';
import { findByIds } from './find-by-ids.ts';
import { createFindUows } from './find-uows.ts';
import type { MongoConnection } from './connection.ts';
import { outside, within } from './outside.ts';
import { toUow } from './records.ts';
import type { UowDoc } from './records.ts';

/** Looks for units of work; reads only. */
export const createUowFinder = (
  connection: MongoConnection,
): Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows' | 'countFailed'> => {
  const { collection, ride } = connection;
  const units = collection<UowDoc>('unit_of_work');
  return {
    uows: async (ids) => {
      const found = await ride(() => findByIds(units, ids, { projection: { pending: 0 } }));
      const byId = new Map(found.map((doc) => [doc._id, toUow(doc)]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    findUows: createFindUows(connection),
    overdueUows: async ({ state, before, after, limit }) => {
      const standing = { unprocessed: true, state } as const;
      const filter: Filter<UowDoc> =
        after === undefined
          ? { ...standing, dueAt: { $lt: before } }
          : {
              ...standing,
              dueAt: { $gte: after.dueAt, $lt: before },
              $or: [{ dueAt: { $gt: after.dueAt } }, { _id: { $gt: after.id } }],
            };
      const found = await ride(() => units.find(filter).sort({ dueAt: 1, _id: 1 }).limit(limit).toArray());
      return found.map(toUow);
    },
    countUows: createCount(connection),
    countFailed: async (except) => {
      const others = outside('_id', except);
      const [all, quarantined] = await Promise.all([
        ride(() => units.countDocuments({ ...failed, ...others })),
        ride(() => units.countDocuments({ ...inQuarantine, ...others })),
      ]);
      return { retrying: Math.max(0, all - quarantined), quarantined };
    },
  };
};

/** Few units are unprocessed, and an index knows them. */
const failed = { unprocessed: true, state: 'INVALID' } as const;
const inQuarantine = { ...failed, dueAt: null } as const;

const createCount = ({ collection, ride }: MongoConnection): Store['countUows'] => {
  const units = collection<UowDoc>('unit_of_work');
  const count = (except: readonly KeyRange[]) =>
    units
      .aggregate<{ _id: UowState; count: number }>([
        { $match: { unprocessed: true, ...outside('_id', except) } },
        { $group: { _id: '$state', count: { $sum: 1 } } },
      ])
      .toArray();
  return async (except = []) => {
    // From the collection's own books, since to count millions takes seconds. After a crash of the server they may
    // be off by some, until it has looked through the collection.
    const [counts, total, left] = await Promise.all([
      ride(() => count(except)),
      ride(() => units.estimatedDocumentCount()),
      except.length === 0 ? 0 : ride(() => units.countDocuments(within('_id', except))),
    ]);
    const byState = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
    for (const each of counts) byState[each._id] = each.count;
    const unprocessed = counts.reduce((sum, each) => sum + each.count, 0);
    return { ...byState, PROCESSED: Math.max(0, total - left - unprocessed) };
  };
};
