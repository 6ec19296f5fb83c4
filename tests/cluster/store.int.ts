import { MongoClient } from 'mongodb';
import { openConnection } from '../../sqlite/connection.ts';
import { startMongoServer, whyNoMongo, whyNoOwnMongo } from '../support/mongo-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { membershipContract } from './membership-contract.ts';

membershipContract('store, embedded', {
  hasConnections: false,
  start: () => {
    const dataDir = tempFolder();
    return Promise.resolve({
      place: () => ({ address: 'store', store: 'embedded', dataDir }),
      // There is no server to restart: the rows go.
      restartEmpty: async () => {
        const connection = await openConnection(dataDir);
        const empty = connection.prepare('DELETE FROM member');
        await connection.write(() => void empty.run());
        await connection.close();
      },
      stop: () => Promise.resolve(),
    });
  },
});

membershipContract('store, MongoDB', {
  missing: whyNoMongo() ?? whyNoOwnMongo(),
  // Connections that are silent are given up after 10 s (db/mongo/store.ts).
  healed: 13_000,
  start: async () => {
    // The members of a replica set tell clients where they listen, which leads past a proxy.
    const server = await startMongoServer({ standalone: true });
    const own = server.url('members');
    return {
      port: server.port,
      place: (port = server.port) => ({
        address: 'store',
        store: own.replace(`:${server.port}/`, `:${port}/`),
      }),
      restartEmpty: async () => {
        const client = new MongoClient(own);
        await client.db().collection('member').deleteMany({});
        await client.close();
        await server.kill();
        await server.restart();
      },
      stop: () => server.stop(),
    };
  },
});
