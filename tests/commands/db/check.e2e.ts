import { DatabaseSync } from '@photostructure/sqlite';
import { putFact } from '../../../db/collections.ts';
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import type { InvariantReport } from '../../../boot/check/invariants.ts';
import { openStore } from '../../../db/registry.ts';
import { checkedTables } from '../../../domain/invariants/state.ts';
import { NOW, soundWorld } from '../../domain/invariants/world.ts';
import { startMongoServer, whyNoMongo } from '../../support/mongo-server.ts';
import type { MongoServer } from '../../support/mongo-server.ts';
import { synergy, synergyOk } from '../../support/synergy.ts';
import { tempFolder } from '../../support/temp-folder.ts';

/** That of `soundWorld`. */
const context = `import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true, retry: { maxAttempts: 5 } }),
    managedProcess({ name: 'Day', qualifier: 'daily', blocking: 'children', identity: true }),
    managedProcess({ name: 'Bill', qualifier: 'daily', blocking: 'dependencies', identity: true }),
    freerunProcess({ name: 'Clean', identity: true, entries: [{ name: 'nightly', trigger: 'at 03:00' }] }),
  ],
  trees: [
    tree({ name: 'traffic', processes: ['Hour', 'Day'] }),
    tree({ name: 'money', processes: ['Bill'], dependsOn: ['traffic'] }),
  ],
});
`;

const secret = 'correct-horse';
const providerSecret = 'battery-staple';
// The queue is not opened; its password must not be in the store.
const argv = [
  ...['db', 'check', '--done', '--as-of', '2015-06-02T00:30:00Z'],
  ...['--queue', `amqp://ann:${secret}@127.0.0.1:1`, '--oidc-client-secret', providerSecret],
];

/** Changes made to a store by hand, in SQL and in MongoDB, and what the check has to name. */
interface Plant {
  readonly what: string;
  readonly sql: string;
  readonly spoil: (db: Db) => Promise<unknown>;
  readonly finds: readonly (readonly [number, string])[];
}

const plants: readonly Plant[] = [
  {
    what: 'a version that was passed over',
    sql: `UPDATE transition SET version = 5 WHERE entity_id = 'Bill/2015060100' AND version = 2;
      UPDATE job SET version = 5 WHERE process_name = 'Bill'`,
    spoil: async (db) => {
      const row = { entityId: 'Bill/2015060100', version: 2 };
      await db.collection('transition').updateOne(row, { $set: { version: 5 } });
      await db.collection('job').updateOne({ processName: 'Bill' }, { $set: { version: 5 } });
    },
    finds: [[1, 'Bill/2015060100']],
  },
  {
    what: 'a job twice',
    sql: `ALTER TABLE job RENAME TO one; CREATE TABLE job AS SELECT * FROM one;
      INSERT INTO job SELECT * FROM one WHERE process_name = 'Bill'`,
    spoil: async (db) => {
      const job = await db.collection('job').findOne({ processName: 'Bill' });
      await db.collection<{ _id: string }>('job').insertOne({ ...job, _id: 'Bill 2015060100 again' });
    },
    finds: [[2, 'Bill/2015060100']],
  },
  {
    what: 'a change that is not journaled',
    sql: `UPDATE job SET version = 3 WHERE process_name = 'Bill'`,
    spoil: (db) => db.collection('job').updateOne({ processName: 'Bill' }, { $set: { version: 3 } }),
    finds: [[3, 'Bill/2015060100']],
  },
  {
    what: 'a unit that is not at rest',
    sql: `UPDATE unit_of_work SET state = 'REQUESTED' WHERE process_name = 'Clean'`,
    spoil: (db) =>
      db.collection('unit_of_work').updateOne({ processName: 'Clean' }, { $set: { state: 'REQUESTED' } }),
    finds: [
      [3, 'Clean:nightly/20150601030000#1'],
      [4, 'Clean:nightly/20150601030000#1'],
    ],
  },
  {
    what: 'a report under an attempt that never was',
    sql: `UPDATE transition SET attempt = 4 WHERE entity_id = 'Day/2015060100#1' AND version = 3`,
    spoil: (db) =>
      db
        .collection('transition')
        .updateOne({ entityId: 'Day/2015060100#1', version: 3 }, { $set: { attempt: 4 } }),
    finds: [
      [5, 'Day/2015060100#1'],
      [5, 'Day/2015060100#1'],
    ],
  },
  {
    what: 'two unfinished units of a job',
    sql: `UPDATE unit_of_work SET state = 'INVALID', timeperiod = '2015060122' WHERE process_name = 'Hour'`,
    spoil: (db) =>
      db
        .collection('unit_of_work')
        .updateMany({ processName: 'Hour' }, { $set: { state: 'INVALID', timeperiod: '2015060122' } }),
    finds: [
      [2, 'Hour/2015060123#1'],
      [3, 'Hour/2015060122#1'],
      [3, 'Hour/2015060123#1'],
      [6, 'Hour/2015060122'],
      [9, 'Hour/2015060122'],
      [9, 'Hour/2015060123'],
    ],
  },
  {
    what: 'an epoch that fell',
    sql: `UPDATE transition SET epoch = 0 WHERE entity_id = 'Day/2015060100' AND version = 2`,
    spoil: (db) =>
      db
        .collection('transition')
        .updateOne({ entityId: 'Day/2015060100', version: 2 }, { $set: { epoch: 0 } }),
    finds: [[7, 'Day/2015060100']],
  },
  {
    what: 'a worker that writes on after it was replaced',
    sql: 'UPDATE log_record SET at = at + 60000',
    spoil: (db) => db.collection('log_record').updateMany({}, { $inc: { at: 60_000 } }),
    finds: [[8, 'Hour/2015060123#1']],
  },
  {
    what: 'a PROCESSED job without its unit',
    sql: `UPDATE job SET related_uow = NULL WHERE process_name = 'Bill'`,
    spoil: (db) => db.collection('job').updateOne({ processName: 'Bill' }, { $set: { relatedUow: null } }),
    finds: [[9, 'Bill/2015060100']],
  },
  {
    what: 'a start on an unfinished dependency',
    sql: `UPDATE job SET consumed = '{"Day/2015060100":1}' WHERE process_name = 'Bill'`,
    spoil: (db) =>
      db.collection('job').updateOne({ processName: 'Bill' }, { $set: { consumed: '{"Day/2015060100":1}' } }),
    finds: [[10, 'Bill/2015060100']],
  },
  {
    what: 'a unit of work of a job that nothing tells of',
    sql: `UPDATE job SET uow_count = 2 WHERE process_name = 'Bill'`,
    spoil: (db) => db.collection('job').updateOne({ processName: 'Bill' }, { $set: { uowCount: 2 } }),
    finds: [[23, 'Bill/2015060100']],
  },
  {
    what: 'a period that was forgotten',
    sql: `DELETE FROM job WHERE process_name = 'Bill'; DELETE FROM unit_of_work WHERE process_name = 'Bill';
      DELETE FROM transition WHERE entity_id LIKE 'Bill%'`,
    spoil: async (db) => {
      await db.collection('job').deleteMany({ processName: 'Bill' });
      await db.collection('unit_of_work').deleteMany({ processName: 'Bill' });
      await db
        .collection('transition')
        .deleteMany({ entityId: { $in: ['Bill/2015060100', 'Bill/2015060100#1'] } });
    },
    finds: [[11, 'Bill/2015060100']],
  },
  {
    what: 'a unit that crashed too often',
    sql: `UPDATE unit_of_work SET crashes = 9 WHERE process_name = 'Bill'`,
    spoil: (db) => db.collection('unit_of_work').updateOne({ processName: 'Bill' }, { $set: { crashes: 9 } }),
    finds: [[12, 'Bill/2015060100#1']],
  },
  {
    what: 'a job that was left where it was',
    sql: `UPDATE job SET version = 1, state = 'IN_PROGRESS' WHERE process_name = 'Bill';
      DELETE FROM transition WHERE entity_id = 'Bill/2015060100' AND version = 2`,
    spoil: async (db) => {
      const set = { version: 1, state: 'IN_PROGRESS' };
      await db.collection('job').updateOne({ processName: 'Bill' }, { $set: set });
      await db.collection('transition').deleteOne({ entityId: 'Bill/2015060100', version: 2 });
    },
    finds: [[13, 'Bill/2015060100']],
  },
  {
    what: 'a change by a person without a command',
    sql: 'DELETE FROM command',
    spoil: (db) => db.collection('command').deleteMany({}),
    finds: [[15, 'Clean:nightly/20150601030000#1']],
  },
  {
    what: 'a password of the settings',
    sql: `UPDATE log_record SET line = 'login with ${secret}'`,
    spoil: (db) => db.collection('log_record').updateMany({}, { $set: { line: `login with ${secret}` } }),
    finds: [[16, 'log_record']],
  },
  {
    what: 'the secret of the OpenID provider',
    sql: `UPDATE log_record SET line = 'sent ${providerSecret}'`,
    spoil: (db) => db.collection('log_record').updateMany({}, { $set: { line: `sent ${providerSecret}` } }),
    finds: [[16, 'log_record']],
  },
];

const sort = (found: readonly (readonly [number, string])[]): string[] =>
  found.map(([invariant, entity]) => `${invariant} ${entity}`).toSorted();

const newFolder = (): string => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'process_context.ts'), context);
  return folder;
};

/** Puts a sound life into a store. */
const write = async (url: string, folder: string): Promise<void> => {
  const dataDir = join(folder, 'synergy-data');
  const store = await openStore(url, { dataDir, clock: { now: () => Date.now() } });
  const world = soundWorld();
  const answer = { event: 'complete', processed: 0, aggregated: 0, error: null, retryAt: null };
  const rejection = { ...answer, at: NOW, owner: 'w', because: 'replaced', earlier: 0 };
  for (const table of checkedTables) {
    const rest = table === 'rejected_report' ? rejection : {};
    const rows = world[table].map((row, index) => ({ position: index + 1, ...row, ...rest }));
    await store.transfer.write(table, rows as never);
  }
  await putFact(store, 'startTimeperiod', '2015060122');
  await store.close();
};

/** What the command says of a store, once it has to complain. */
const complaints = async (folder: string, ...more: readonly string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await synergy(folder, ...argv, '--json', ...more).ended;
  assert.equal(code, 1, stderr);
  const { violations } = JSON.parse(stdout) as InvariantReport;
  return sort(violations.map(({ invariant, entity }) => [invariant, entity]));
};

const toldSound =
  /^\d+ transitions, 4 jobs, 5 units of work checked \(said to be done\)\n(not judged: 1[34] .*\n){2}sound$/m;

describe('db check of an embedded store', function () {
  this.timeout(60_000);
  const life = newFolder();
  const spoilt = (sql: string): string => {
    const folder = newFolder();
    cpSync(join(life, 'synergy-data'), join(folder, 'synergy-data'), { recursive: true });
    const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'));
    database.exec(sql);
    database.close();
    return folder;
  };
  before(() => write('embedded', life));

  it('finds a sound life sound', async () => assert.match(await synergyOk(life, ...argv), toldSound));

  for (const { what, sql, finds } of plants) {
    it(`names ${what}`, async () => assert.deepEqual(await complaints(spoilt(sql)), sort(finds)));
  }

  it('says in one line what was expected and what was found', async () => {
    const folder = spoilt(`UPDATE job SET version = 3 WHERE process_name = 'Bill'`);
    const { code, stdout } = await synergy(folder, ...argv).ended;
    assert.equal(code, 1);
    assert.equal(
      stdout.split('\n').at(-1),
      '3 journaled: Bill/2015060100: expected PROCESSED at version 2, as journaled, found PROCESSED at version 3 in its record',
    );
  });

  it('does not repeat itself without end', async () => {
    const folder = spoilt(`
      WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 34)
      INSERT INTO job SELECT 'Old', '20140601' || i, 'SKIPPED', 1, NULL, 0, 0, 0, NULL FROM n`);
    const { stdout } = await synergy(folder, ...argv).ended;
    assert.equal(stdout.match(/^3 journaled: Old/gm)?.length, 20);
    assert.match(stdout, /^3: 5 more, all of them with --json$/m);
  });

  it('goes without a context that cannot be loaded, and says so', async () => {
    writeFileSync(join(life, 'broken.ts'), 'export default 7;');
    const { code, stdout, stderr } = await synergy(life, ...argv, '--context', 'broken.ts').ended;
    assert.equal(code, 0);
    assert.match(stderr, /^without the context: context file '.*broken.ts' exports no context/);
    assert.match(stdout, /^not judged: 11 .* needs the context/m);
  });
});

describe('db check while a scheduler is at work', function () {
  this.timeout(60_000);

  it('judges what it can, and takes no report under way for a violation', async () => {
    const folder = newFolder();
    const time = ['--start-timeperiod', '2015050100', '--as-of', '2015-06-02T00:30:00Z'];
    const run = synergy(folder, 'start', '--mx-port', '0', ...time);
    try {
      await run.line(/^first job finished/);
      const told = await synergyOk(folder, 'db', 'check');
      assert.match(told, /checked \(at work: /);
      assert.match(told, /^sound$/m);
      assert.doesNotMatch(told, /^not judged: 13/m);
      const refused = await synergy(folder, 'db', 'check', '--done').ended;
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /is in use by a running supervisor: --done is for a store/);
    } finally {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  });
});

describe('db check of a MongoDB store', function () {
  this.timeout(60_000);
  const why = whyNoMongo();
  if (why !== undefined) {
    it.skip(why);
    return;
  }
  const folder = newFolder();
  let server: MongoServer;
  let client: MongoClient;
  let databases = 0;
  const newStore = async (): Promise<{ url: string; db: Db }> => {
    const name = `check-${process.pid}-${databases++}`;
    const url = server.url(name);
    await write(url, folder);
    return { url, db: client.db(name) };
  };
  before(async () => {
    server = await startMongoServer();
    client = await new MongoClient(server.url('')).connect();
  });
  after(async () => {
    await client.close();
    await server.stop();
  });

  it('finds a sound life sound', async () => {
    const { url, db } = await newStore();
    assert.match(await synergyOk(folder, ...argv, '--store', url), toldSound);
    await db.dropDatabase();
  });

  for (const { what, spoil, finds } of plants) {
    it(`names ${what}`, async () => {
      const { url, db } = await newStore();
      await spoil(db);
      assert.deepEqual(await complaints(folder, '--store', url), sort(finds));
      await db.dropDatabase();
    });
  }
});
