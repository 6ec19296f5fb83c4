import type { Filter } from 'mongodb';
import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import type { UowDoc } from './records.ts';

/** Leases and progress: what is told of running units without changing their state. */
export const createLeases = ({
  ride,
  collection,
}: MongoConnection): Pick<Store, 'renewLeases' | 'renewHeld' | 'releaseLeases' | 'progress'> => {
  const units = collection<UowDoc>('unit_of_work');
  const running = (of: Filter<UowDoc>): Filter<UowDoc> => ({
    unprocessed: true,
    state: 'IN_PROGRESS',
    ...of,
  });
  const prolong = (filter: Filter<UowDoc>, expiresAt: number) =>
    ride(() => units.updateMany(filter, { $set: { 'lease.expiresAt': expiresAt, dueAt: expiresAt } }));
  const renew = async (filter: Filter<UowDoc>, expiresAt: number): Promise<string[]> => {
    await prolong(filter, expiresAt);
    const held = await ride(() => units.find(filter, { projection: { _id: 1 } }).toArray());
    return held.map(({ _id }) => _id);
  };
  return {
    renewLeases: (owner, expiresAt) => renew(running({ 'lease.owner': owner }), expiresAt),
    renewHeld: async (held, expiresAt) => {
      if (held.length === 0) return [];
      return renew(running({ $or: held.map(({ id: _id, token }) => ({ _id, token })) }), expiresAt);
    },
    releaseLeases: async (owner) => (await prolong(running({ 'lease.owner': owner }), 0)).matchedCount,
    progress: async (id, token, progress) => {
      await ride(() => units.updateOne({ _id: id, token, state: 'IN_PROGRESS' }, { $set: { progress } }));
    },
  };
};
