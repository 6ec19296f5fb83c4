import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeSharedLog } from '../demo/shared-log.ts';
import { faults, startFaultyMongo } from '../support/mongo-faults.ts';
import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer } from '../support/mongo-server.ts';
import { noRabbitServer, startRabbitServer } from '../support/rabbit-server.ts';
import type { RabbitServer } from '../support/rabbit-server.ts';
import { synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { endsWell, endsWellAfterDeath, expectedReport, midway, reportOf, startHistory } from './history.ts';
import type { AsOf } from './history.ts';

const BROKER_AWAY = 60_000;
const STORE_AWAY = 20_000;
const missing = whyNoOwnMongo() ?? noRabbitServer;

describeSharedLog(`the history on MongoDB and RabbitMQ${missing ? ` (${missing})` : ''}`, (lines) => {
  let mongo: MongoServer;
  let rabbit: RabbitServer;
  let databases = 0;

  before(async function () {
    if (missing !== undefined) return this.skip();
    this.timeout(90_000);
    [mongo, rabbit] = await Promise.all([startMongoServer(), startRabbitServer()]);
  });
  after(async () => {
    if (missing === undefined) await Promise.all([mongo.stop(), rabbit.dispose()]);
  });

  /** An installation whose only difference is two settings. */
  const installed = async (store: string): Promise<string> => {
    const folder = tempFolder();
    const settings = { store, queue: await rabbit.vhost() };
    writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify(settings));
    return folder;
  };
  const fresh = (): Promise<string> => installed(mongo.url(`history${++databases}`));

  const isAsExpected = async (folder: string, until?: AsOf): Promise<void> => {
    assert.deepEqual(await reportOf(folder), expectedReport(lines, until));
    await synergyOk(folder, 'db', 'check');
  };

  it('comes to the same report', async function () {
    this.timeout(300_000);
    const folder = await fresh();
    await endsWell(startHistory(folder));
    await isAsExpected(folder);
  });

  it('comes to the same report when everything is killed and started again', async function () {
    this.timeout(300_000);
    const folder = await fresh();
    await endsWellAfterDeath(folder, 'log');
    await isAsExpected(folder, 'log');
  });

  it('comes to the same report when the broker is away for a minute', async function () {
    this.timeout(400_000);
    const folder = await fresh();
    const run = startHistory(folder, 'log');
    await midway(run);
    await rabbit.stop();
    await sleep(BROKER_AWAY);
    assert.equal(run.child.exitCode, null, 'it ended without its broker');
    await rabbit.start();
    await endsWell(run);
    await isAsExpected(folder, 'log');
  });

  it('comes to the same report when the MongoDB server is killed and comes back', async function () {
    this.timeout(400_000);
    const folder = await fresh();
    const run = startHistory(folder, 'log');
    await midway(run);
    await mongo.kill();
    await sleep(STORE_AWAY);
    assert.equal(run.child.exitCode, null, 'it ended without its store');
    await mongo.restart();
    await endsWell(run);
    await isAsExpected(folder, 'log');
  });

  it('comes to the same report when faults strike two commands in a hundred', async function () {
    this.timeout(500_000);
    const database = `history${++databases}`;
    const faulty = await startFaultyMongo({ port: mongo.port, database, share: 0.02, timeout: 2_000 });
    try {
      const folder = await installed(faulty.url);
      await endsWell(startHistory(folder, 'log'));
      for (const fault of faults) assert.ok(faulty.struck[fault] > 0, `never struck: ${fault}`);
    } finally {
      await faulty.close();
    }
    await isAsExpected(await installed(mongo.url(database)), 'log');
  });
});
