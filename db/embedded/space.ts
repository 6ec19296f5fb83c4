import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';

/** Pages that one step leaves to the system: two or three milliseconds, of which most is the writing. */
const PAGES = 128;
/** Such a part of the file stays free for what comes next, which would only make it grow again. */
const KEPT_FREE = 1 / 16;

/** The space of the file. Those of earlier versions cannot tell what lies at their end, and never shrink. */
export const createSpace = (connection: SqliteConnection): Pick<Store, 'size' | 'shrink' | 'workedFor'> => {
  const { prepare, read, writeTimed } = connection;
  const look = prepare(`
    SELECT page_count, freelist_count, page_size, auto_vacuum
    FROM pragma_page_count, pragma_freelist_count, pragma_page_size, pragma_auto_vacuum`);
  const cutOff = prepare(`PRAGMA incremental_vacuum(${PAGES})`);
  const readSpace = (): Promise<readonly [pages: number, free: number, pageSize: number, mode: number]> =>
    read(() => look.get() as readonly [number, number, number, number]);
  return {
    size: async () => {
      const [pages, free, pageSize] = await readSpace();
      return { bytes: pages * pageSize, freeBytes: free * pageSize };
    },
    shrink: async () => {
      const [pages, free, , mode] = await readSpace();
      if (mode === 0 || free - PAGES < pages * KEPT_FREE) return false;
      await writeTimed(() => cutOff.all());
      return true;
    },
    workedFor: connection.workedFor,
  };
};
