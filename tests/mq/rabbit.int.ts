import assert from 'node:assert/strict';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { queueContract } from './queue-contract.ts';
import { openRabbitFixture } from './rabbit-fixture.ts';

describe(`RabbitMQ${noRabbitServer === undefined ? '' : `: ${noRabbitServer}`}`, () => {
  let server: RabbitServer | undefined;
  before(async function () {
    if (noRabbitServer !== undefined) return this.skip();
    this.timeout(60_000);
    server = await startRabbitServer();
  });
  after(() => server?.dispose());

  queueContract('rabbit', () => {
    assert.ok(server);
    return openRabbitFixture(server);
  });
});
