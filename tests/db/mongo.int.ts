import { startMongoServer, whyNoMongo, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { openMongoFixture } from './mongo-fixture.ts';
import { storeContract } from './store-contract.ts';
import { storeModel } from './store-model.ts';

const topologies = [
  { name: 'mongo, replica set', options: {}, missing: whyNoMongo() },
  { name: 'mongo, standalone', options: { standalone: true }, missing: whyNoOwnMongo() },
];

for (const { name, options, missing } of topologies) {
  describe(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
    this.timeout(30_000);
    let server: MongoServer;
    before(async function () {
      if (missing !== undefined) return this.skip();
      server = await startMongoServer(options);
    });
    after(() => (server as MongoServer | undefined)?.stop());

    storeContract(name, () => openMongoFixture(server));
    storeModel(name, () => openMongoFixture(server));
  });
}
