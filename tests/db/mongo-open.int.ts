import assert from 'node:assert/strict';
import { getFact, putFact } from '../../db/collections.ts';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { openMongoStore } from '../../db/mongo/store.ts';
import { openStore } from '../../db/registry.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { freePort } from '../support/free-port.ts';
import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import type { MongoServer, MongoUser } from '../support/mongo-server.ts';
import { startOldMongoServer } from '../support/old-mongo-server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const missing = whyNoOwnMongo();
const WIRE_VERSION_4_2 = 8;
const quick = { patience: 0, silence: 1000 };

/** One line, which says what to do and does not tell the password. */
const refuses = async (url: string, code: ErrorCode, message: RegExp): Promise<void> => {
  await assert.rejects(openMongoStore(url, quick), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /secret|\n/);
    return true;
  });
};

describe('opening MongoDB without a server', () => {
  it('says at which address no server answers', async () => {
    const port = await freePort();
    await refuses(
      `mongodb://ann:secret@127.0.0.1:${String(port)}/synergy`,
      'STORE_UNREACHABLE',
      new RegExp(
        `^mongodb://ann:\\*\\*\\*@127.0.0.1:${String(port)}/synergy does not answer .*: see that the server runs`,
      ),
    );
  });

  it('refuses an address that is none', async () => {
    await refuses('mongodb://', 'INVALID_SETTING', /^store 'mongodb:\/\/' is not an address of MongoDB: /);
    await refuses('mongodb://ann:secret@host/?w=perhaps&nonsense=1', 'INVALID_SETTING', /nonsense/);
  });

  it('refuses a server that is too old', async () => {
    const server = await startOldMongoServer(WIRE_VERSION_4_2);
    await refuses(
      `mongodb://127.0.0.1:${String(server.port)}/synergy`,
      'STORE_REFUSED',
      /is too old.*: MongoDB 4\.4 or newer is needed/,
    );
    await server.close();
  });
});

describe(`opening MongoDB${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(30_000);
  let server: MongoServer;
  let client: MongoClient;
  let db: Db;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer();
  });
  after(() => (server as MongoServer | undefined)?.stop());
  beforeEach(async () => {
    client = await MongoClient.connect(server.url('opening'));
    db = client.db();
  });
  afterEach(async () => {
    await db.dropDatabase();
    await client.close();
  });
  const url = (): string => server.url('opening');
  const openAndClose = async (): Promise<void> => (await openMongoStore(url())).close();

  it('is done by its address, and tells what it can do', async () => {
    const options = { dataDir: tempFolder(), clock: { now: () => Date.now() } };
    const store = await openStore(url(), options);
    assert.equal(store.name, 'mongodb');
    assert.deepEqual(store.capabilities, { atomicGroups: false, shared: true, commitLog: null });
    await store.close();
  });

  it('takes the database `synergy` when the address names none', async () => {
    const store = await openMongoStore(server.url(''));
    await putFact(store, 'a', 1);
    await store.close();
    const found = client.db('synergy');
    assert.equal(await found.collection('fact').countDocuments(), 1);
    await found.dropDatabase();
  });

  it('makes the indexes that are missing', async () => {
    await openAndClose();
    const before = await db.collection('unit_of_work').indexes();
    await db.collection('unit_of_work').dropIndexes();
    await openAndClose();
    assert.deepEqual(await db.collection('unit_of_work').indexes(), before);
    assert.ok(before.length >= 4);
  });

  it('drops the indexes of earlier versions that others took the place of', async () => {
    await openAndClose();
    const units = db.collection('unit_of_work');
    const names = async (): Promise<string[]> => (await units.indexes()).map(({ name = '' }) => name).sort();
    const before = await names();
    await units.createIndex({ processName: 1, order: 1 }, {}, {});
    await units.createIndex(
      { processName: 1, entryName: 1, order: 1 },
      { partialFilterExpression: { kind: 'freerun' } },
      {},
    );
    assert.equal((await names()).length, before.length + 2);
    await openAndClose();
    assert.deepEqual(await names(), before);
  });

  it('lets the server delete captured output when no scheduler runs', async () => {
    await openAndClose();
    const indexes = await db.collection('log_record').indexes();
    const [expiry] = indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined);
    assert.deepEqual([expiry?.key, expiry?.expireAfterSeconds], [{ storedAt: 1 }, 400 * 86_400]);
  });

  it('refuses an index of the same fields with other options', async () => {
    await db.collection('transition').createIndex({ entityId: 1, version: 1 }, {}, {});
    await refuses(
      url(),
      'STORE_REFUSED',
      /has an index on transition \(entityId, version\) with other options.*: drop it/,
    );
  });

  it('refuses a collection of another product that a unique index cannot be made of', async () => {
    await db.collection('transition').insertMany([{ a: 1 }, { a: 2 }]);
    await refuses(url(), 'STORE_REFUSED', /cannot make the unique index on transition .*another database/);
  });

  it('refuses what another version wrote', async () => {
    await db.collection<{ _id: string }>('about').insertOne({ _id: 'schema', value: 99 } as { _id: string });
    await refuses(url(), 'STORE_VERSION', /schema version 99, this program works with 1: install/);
  });
});

describe(`opening MongoDB with credentials${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
  this.timeout(30_000);
  const writer: MongoUser = {
    name: 'ann',
    password: 'secret',
    roles: [{ role: 'readWrite', db: 'synergy' }],
  };
  const reader: MongoUser = { name: 'bob', password: 'secret', roles: [{ role: 'read', db: 'synergy' }] };
  let server: MongoServer;
  before(async function () {
    if (missing !== undefined) return this.skip();
    server = await startMongoServer({ users: [writer, reader] });
  });
  after(() => (server as MongoServer | undefined)?.stop());

  it('works with the right to read and write', async () => {
    const store = await openMongoStore(server.url('synergy', writer));
    await putFact(store, 'a', 1);
    assert.equal(await getFact(store, 'a'), 1);
    await store.close();
  });

  it('refuses wrong credentials', async () => {
    const wrong = { ...writer, password: 'secret2' };
    await refuses(
      server.url('synergy', wrong),
      'STORE_REFUSED',
      /refuses .*: the credentials are wrong: see to user/,
    );
  });

  it('accepts the user with its password', async () => {
    await refuses(server.url('synergy'), 'STORE_REFUSED', /refuses .*: the user lacks a right/);
  });

  it('refuses a user that may only read', async () => {
    await refuses(
      server.url('synergy', reader),
      'STORE_REFUSED',
      /refuses .*: the user lacks a right: grant the role readWrite on the database/,
    );
  });
});
