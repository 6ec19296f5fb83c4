import { rm } from 'node:fs/promises';
import { createEmbeddedStore } from '../../db/embedded/store.ts';
import type { Store } from '../../db/store.ts';
import { openEngine } from '../../embedded/engine.ts';
import { tempFolder } from '../support/temp-folder.ts';
import type { StoreFixture } from './store-contract.ts';

/** An embedded store in a folder of its own; every connection has an engine of its own, like a process. */
export const openEmbeddedFixture = async (): Promise<StoreFixture> => {
  const folder = tempFolder();
  const connections: Store[] = [];
  const connect = async (): Promise<Store> => {
    const store = createEmbeddedStore(await openEngine(folder));
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
