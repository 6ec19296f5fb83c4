import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import type { UowDoc } from './records.ts';

/** Leases and progress: what is told of running units without changing their state. */
export const createLeases = ({
  ride,
  collection,
}: MongoConnection): Pick<Store, 'renewLeases' | 'renewHeld' | 'releaseLeases' | 'progress'> => {
  const units = collection<UowDoc>('unit_of_work');
  const heldBy = (owner: string) =>
    ({ unprocessed: true, state: 'IN_PROGRESS', 'lease.owner': owner }) as const;
  const prolong = (owner: string, expiresAt: number) =>
    ride(() => units.updateMany(heldBy(owner), { $set: { 'lease.expiresAt': expiresAt, dueAt: expiresAt } }));
  return {
    renewLeases: async (owner, expiresAt) => {
      await prolong(owner, expiresAt);
      const held = await ride(() => units.find(heldBy(owner), { projection: { _id: 1 } }).toArray());
      return held.map(({ _id }) => _id);
    },
    renewHeld: async (held, expiresAt) => {
      if (held.length === 0) return [];
      const shown = held.map(({ id: _id, token }) => ({ _id, token }));
      const filter = { unprocessed: true, state: 'IN_PROGRESS', $or: shown } as const;
      const set = { $set: { 'lease.expiresAt': expiresAt, dueAt: expiresAt } };
      await ride(() => units.updateMany(filter, set));
      const found = await ride(() => units.find(filter, { projection: { _id: 1 } }).toArray());
      return found.map(({ _id }) => _id);
    },
    releaseLeases: async (owner) => (await prolong(owner, 0)).matchedCount,
    progress: async (id, token, progress) => {
      await ride(() => units.updateOne({ _id: id, token, state: 'IN_PROGRESS' }, { $set: { progress } }));
    },
  };
};
