import { rm } from 'node:fs/promises';
import { createEmbeddedStore } from '../../db/embedded/store.ts';
import type { MovableStore } from '../../db/transfer.ts';
import { openConnection } from '../../sqlite/connection.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { MovableFixture } from './transfer-contract.ts';

/** An embedded store in a folder of its own; every connection has an engine of its own, like a process. */
export const openEmbeddedFixture = async (): Promise<MovableFixture> => {
  const folder = tempFolder();
  const connections: MovableStore[] = [];
  const connect = async (): Promise<MovableStore> => {
    const store = createEmbeddedStore(await openConnection(folder));
    connections.push(store);
    return store;
  };
  return {
    store: await connect(),
    connect,
    dispose: async () => {
      await Promise.all(connections.map((store) => store.close()));
      await rm(folder, { recursive: true });
    },
  };
};
