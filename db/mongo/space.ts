import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';

/** What the server says of the database. It sees to space that has become free by itself, and does not say how much there is. */
export const createSpace = ({ db, ride }: MongoConnection): Pick<Store, 'size' | 'shrink'> => ({
  size: async () => {
    const stats = await ride(() => db.command({ dbStats: 1 }));
    return { bytes: Number(stats['storageSize']) + Number(stats['indexSize']), freeBytes: null };
  },
  shrink: () => Promise.resolve(false),
});
