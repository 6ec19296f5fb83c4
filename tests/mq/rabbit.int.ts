import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { queueContract } from './queue-contract.ts';
import { openRabbitFixture } from './rabbit-fixture.ts';

const given = process.env['SYNERGY_TEST_RABBITMQ_URL'];
const missing = given === undefined ? noRabbitServer : undefined;

describe(`RabbitMQ${missing === undefined ? '' : `: ${missing}`}`, () => {
  let server: RabbitServer | undefined;
  let url = given ?? '';
  before(async function () {
    if (missing !== undefined) return this.skip();
    this.timeout(60_000);
    if (given !== undefined) return;
    server = await startRabbitServer();
    url = await server.vhost();
  });
  after(() => server?.dispose());

  queueContract('rabbit', () => openRabbitFixture(url));
});
