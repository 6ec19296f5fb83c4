import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';

/** The part of the store that sees to its space. */
export type Space = Pick<Store, 'size' | 'shrink'>;

/** Time itself: the server does not tell how long it is at work, and has no lock that all writers wait for. */
export const stopwatch: Pick<Store, 'workedFor'> = { workedFor: () => performance.now() };

/** What the server says of the database. It sees to space that has become free by itself, and does not say how much there is. */
export const createSpace = ({ db, ride }: MongoConnection): Space => ({
  size: async () => {
    const stats = await ride(() => db.command({ dbStats: 1 }));
    return { bytes: Number(stats['storageSize']) + Number(stats['indexSize']), freeBytes: null };
  },
  shrink: () => Promise.resolve(false),
});
