import { startMongoServer, whyNoMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { openEmbeddedFixture } from './embedded-fixture.ts';
import { openMongoFixture } from './mongo-fixture.ts';
import { transferContract } from './transfer-contract.ts';

const missing = whyNoMongo();

describe(`state transfer with MongoDB${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let server: MongoServer;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());

  const open = () => openMongoFixture(server);
  transferContract('embedded to mongo', openEmbeddedFixture, open);
  transferContract('mongo to embedded', open, openEmbeddedFixture);
  transferContract('mongo to mongo', open, open);
});
