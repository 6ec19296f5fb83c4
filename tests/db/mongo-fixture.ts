import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { openMongoStore } from '../../db/mongo/store.ts';
import type { MovableStore } from '../../db/transfer.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import type { MovableFixture } from './transfer-contract.ts';

export interface MongoFixture extends MovableFixture {
  readonly url: string;
}

/** A database of its own in a running server, dropped in the end when the server is not ours. */
export const openMongoFixture = async (server: MongoServer): Promise<MongoFixture> => {
  const url = server.url(`synergy_${randomUUID().slice(0, 8)}`);
  const connections: MovableStore[] = [];
  const connect = async (): Promise<MovableStore> => {
    const store = await openMongoStore(url);
    connections.push(store);
    return store;
  };
  return {
    url,
    store: await connect(),
    connect,
    dispose: async () => {
      await Promise.all(connections.map((store) => store.close()));
      // One of our own goes with its folder, and takes its time to drop what is in it.
      if (server.isOwn) return;
      const client = new MongoClient(url);
      await client.db().dropDatabase();
      await client.close();
    },
  };
};
