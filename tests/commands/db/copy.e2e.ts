import assert from 'node:assert/strict';
import { getFact, putFact } from '../../../db/collections.ts';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import type { JobView } from '../../../scheduler/api/api.ts';
import { startMongoServer, whyNoMongo } from '../../support/mongo-server.ts';
import type { MongoServer } from '../../support/mongo-server.ts';
import { uowInsert } from '../../support/records.ts';
import { synergy, synergyOk } from '../../support/synergy.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['sh', '-c', 'echo done'] })],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

const clock = ['--start-timeperiod', '2015060100', '--as-of', '2015-06-01T08:30:00Z', '--mx-port', '0'];

let folder: string;

const finish = (...argv: string[]): Promise<string> =>
  synergyOk(folder, 'start', ...clock, '--until-done', ...argv);

const copyTo = (name: string, ...argv: string[]) =>
  synergy(folder, 'db', 'copy', '--from', 'embedded', '--to', `embedded:${name}`, ...argv).ended;

const refused = async (argv: readonly string[], line: RegExp, code = 1): Promise<void> => {
  const ended = await synergy(folder, 'db', 'copy', ...argv).ended;
  assert.match(ended.stderr, /^synergy: [^\n]*\n$/, `one line, not:\n${ended.stderr}\n${ended.stdout}`);
  assert.match(ended.stderr.trimEnd(), line);
  assert.equal(ended.code, code);
};

/** Uses the store of a folder, as a process of its own would. */
const visit = async (name: string, put: (store: Store) => Promise<unknown>): Promise<void> => {
  const store = await openStore('embedded', {
    dataDir: join(folder, name),
    clock: { now: () => Date.now() },
  });
  await put(store);
  await store.close();
};

const cause = { actor: 'scheduler', reason: null, at: 1, epoch: 1 };
const rowsTo = (end: number) =>
  Array.from({ length: end }, (_, id) => ({ id, timeperiod: '2015060100', value: { text: 'a row' } }));

describe('synergy db copy', function () {
  this.timeout(120_000);

  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });

  it('moves a state that work goes on from', async () => {
    await finish();
    const { code, stdout, stderr } = await copyTo('there');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /│ job +│ 8 +│ [0-9a-f]{16} │/);
    assert.match(stdout, /^\d+ rows copied in [\d.]+ s, and read back from both stores alike$/m);
    assert.match(stdout, /^to go on there, set 'dataDir' to .*there$/m);
    assert.match(await synergyOk(folder, 'db', 'check', '--data-dir', 'there'), /^sound$/m);
    const there = ['--data-dir', 'there'] as const;
    const show = async (...argv: string[]): Promise<JobView> =>
      JSON.parse(await synergyOk(folder, 'job', 'show', 'Hour', '2015060103', '--json', ...argv)) as JobView;
    assert.deepEqual(await show(...there), await show());
    assert.match(await synergyOk(folder, 'logs', 'Hour/2015060103#1', ...there), /#1 done$/m);
    await synergyOk(folder, 'job', 'reprocess', 'Hour', '2015060103', '--yes', ...there);
    assert.match(await finish(...there), /^done: every period is finished/m);
    assert.deepEqual(
      (await show(...there)).uows.map(({ id, state }) => [id, state]),
      [
        ['Hour/2015060103#2', 'PROCESSED'],
        ['Hour/2015060103#1', 'PROCESSED'],
      ],
    );
    assert.equal((await show()).uows.length, 1, 'the old store is as it was');
  });

  it('goes on after it was killed, and until then nothing starts on its target', async () => {
    await visit('synergy-data', async (store) => {
      for (const fact of ['queue/box', 'wish/box/worker', 'any']) await putFact(store, fact, true);
      await store.data.appendRows('log', rowsTo(250_000));
    });
    const run = synergy(folder, 'db', 'copy', '--from', 'embedded', '--to', 'embedded:there');
    // The first line: later ones come by the second, and all may be copied by then.
    await run.line(/^copying fact: 1 of 3 rows$/);
    run.child.kill('SIGKILL');
    await run.ended;
    const { code, stderr } = await synergy(folder, 'start', ...clock, '--data-dir', 'there').ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^synergy: this store holds an unfinished copy of 'embedded:.*synergy-data': finish it/,
    );
    writeFileSync(join(folder, 'where'), 'embedded:there\n');
    const again = ['--from', 'embedded', '--to', 'file:where', '--json'] as const;
    const ended = await synergy(folder, 'db', 'copy', ...again).ended;
    assert.equal(ended.code, 0, ended.stderr);
    const { tables, from } = JSON.parse(ended.stdout) as {
      from: string;
      tables: { table: string; rows: number; checksum: string }[];
    };
    assert.equal(from, `embedded:${join(folder, 'synergy-data')}`);
    const rows = tables.find(({ table }) => table === 'source_row');
    assert.equal(rows?.rows, 250_000);
    assert.match(rows.checksum, /^[0-9a-f]{64}$/);
    await synergyOk(folder, 'db', 'check', '--data-dir', 'there');
    await visit('there', async (store) => {
      const facts = ['queue/box', 'wish/box/worker', 'any'].map((fact) => getFact(store, fact));
      assert.deepEqual(
        await Promise.all(facts),
        [undefined, undefined, true],
        'what is of a box stays there',
      );
    });
  });

  describe('to a server', () => {
    const missing = whyNoMongo();
    let server: MongoServer;
    before(async function () {
      if (missing !== undefined) this.skip();
      server = await startMongoServer();
    });
    after(() => (server as MongoServer | undefined)?.stop());

    it(missing === undefined ? 'and back' : `is not tested: ${missing}`, async () => {
      await finish();
      const address = server.url(`copy_${String(process.pid)}`);
      writeFileSync(join(folder, 'address'), address);
      const { code, stderr, stdout } = await synergy(
        ...[folder, 'db', 'copy', '--from', 'embedded', '--to', 'file:address'],
      ).ended;
      assert.equal(code, 0, stderr);
      assert.ok(stdout.includes(`\nto go on there, set 'store' to ${address}`), stdout);
      await refused(
        ['--from', 'embedded', '--to', address],
        /'mongodb:.*' has records already \(copied from 'embedded:/,
      );
      await synergyOk(folder, 'job', 'reprocess', 'Hour', '2015060103', '--yes', '--store', address);
      assert.match(await finish('--store', address), /^done: every period is finished/m);
      await synergyOk(folder, 'db', 'copy', '--from', address, '--to', 'embedded:back');
      assert.match(await synergyOk(folder, 'db', 'check', '--data-dir', 'back'), /^sound$/m);
      const shown = await synergyOk(folder, 'job', 'show', 'Hour', '2015060103', '--data-dir', 'back');
      assert.match(shown, /Hour\/2015060103#2/);
      assert.match(await finish('--data-dir', 'back'), /^8\/8 periods finished$/m);
    });
  });

  describe('refuses', () => {
    it('a command without a target', () =>
      refused(['--from', 'embedded'], /required option '--to <store>' not specified$/, 2));

    it('what is no store', async () => {
      await refused(
        ['--from', 'synergy-data', '--to', 'embedded'],
        /--from 'synergy-data': expected embedded:<folder>/,
      );
      await refused(
        ['--from', 'embedded://x', '--to', 'embedded'],
        /--from 'embedded:\/\/x': expected embedded:<folder>/,
      );
    });

    it('an address of no known kind, without telling the password', async () => {
      await visit('synergy-data', (store) => putFact(store, 'a', 1));
      await refused(
        ['--from', 'embedded', '--to', 'oracle://u:secret@h/d'],
        /'oracle:\/\/u:\*\*\*@h\/d' is unknown/,
      );
    });

    it('an address in a file that cannot be read', () =>
      refused(
        ['--from', 'file:where', '--to', 'embedded'],
        /--from: file '.*where' cannot be read \(ENOENT\)$/,
      ));

    it('a source that is not there', () =>
      refused(
        ['--from', 'embedded', '--to', 'embedded:there'],
        /there is no store in '.*synergy-data' to copy$/,
      ));

    it('one store under two names', async () => {
      await visit('synergy-data', (store) => putFact(store, 'a', 1));
      symlinkSync(join(folder, 'synergy-data'), join(folder, 'link'));
      await refused(
        ['--from', 'embedded', '--to', 'embedded:link'],
        /--from and --to are both '.*': expected two stores$/,
      );
    });

    it('a target that is in use for something else', async () => {
      await visit('synergy-data', (store) => putFact(store, 'a', 1));
      await visit('there', (store) => putFact(store, 'b', 1));
      await refused(
        ['--from', 'embedded', '--to', 'embedded:there'],
        /'embedded:.*there' has records already, such as fact b: expected an empty store, choose another$/,
      );
    });

    for (const [which, from, to] of [
      ['source', 'embedded', 'embedded:there'],
      ['target', 'embedded:there', 'embedded'],
    ] as const) {
      it(`a ${which} that a supervisor and its scheduler are at work on`, async () => {
        await visit('there', (store) => putFact(store, 'a', 1));
        const run = synergy(folder, 'start', ...clock);
        await run.line(/^dashboard: /);
        await refused(['--from', from, '--to', to], /synergy-data' is in use by a running supervisor/);
        run.child.kill('SIGINT');
        await run.ended;
      });
    }

    it('a source that a worker is at work on', async () => {
      const expiresAt = Date.now() + 3_600_000;
      await visit('synergy-data', async (store) => {
        await store.commit([{ cause, writes: [uowInsert('u1')] }]);
        await store.claim(['u1'], { owner: 'box/w1', expiresAt, now: Date.now() });
      });
      await refused(
        ['--from', 'embedded', '--to', 'embedded:there'],
        new RegExp(`by worker box/w1, which has u1: .*${new Date(expiresAt).toISOString()}$`),
      );
    });
  });
});
