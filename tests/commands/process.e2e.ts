import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { ProcessSummary } from '../../scheduler/api/api.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
    managedProcess({ name: 'Day', qualifier: 'daily', identity: true, on: false }),
    freerunProcess({ name: 'Clean', identity: true, entries: [{ name: 'nightly', trigger: 'at 03:00' }] }),
  ],
  trees: [tree({ name: 'tree', processes: ['Hour', 'Day'] })],
});`;

type Done = Pick<CommandRecord, 'kind' | 'reason' | 'state'>;

let folder: string;

const switches = async (): Promise<Record<string, boolean>> => {
  const managed = JSON.parse(await synergyOk(folder, 'process', 'list', '--json')) as ProcessSummary[];
  return Object.fromEntries(managed.map(({ process, on }) => [process.name, on]));
};

const commands = (): Done[] => {
  const database = new DatabaseSync(join(folder, 'synergy-data', 'synergy.db'), { timeout: 10_000 });
  const rows = database
    .prepare('SELECT kind, reason, state FROM command ORDER BY created_at')
    .all() as Done[];
  database.close();
  return rows.map((row) => ({ ...row }));
};

describe('synergy process', function () {
  this.timeout(60_000);
  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });

  it('switches managed processes off and on, with a reason, while nothing runs', async () => {
    assert.deepEqual(await switches(), { Day: false, Hour: true });
    const off = await synergyOk(folder, 'process', 'off', 'Hour', '--reason', 'the log server moves');
    assert.equal(off, 'switched off Hour');
    assert.match(await synergyOk(folder, 'process', 'on', 'Day'), /^switched on Day: every \d+\w*$/);
    assert.deepEqual(await switches(), { Day: true, Hour: false });
    assert.deepEqual(commands(), [
      { kind: 'set-managed', reason: 'the log server moves', state: 'done' },
      { kind: 'set-managed', reason: 'asked for on the command line', state: 'done' },
    ]);
    const table = await synergyOk(folder, 'process', 'list');
    assert.match(table, /Hour .* off *│ - /);
    assert.doesNotMatch(table, /Clean/);
  });

  it('fires, and changes trigger and arguments', async () => {
    assert.equal(
      await synergyOk(folder, 'process', 'trigger', 'Hour', 'every 7m'),
      'Hour is looked at every 7m',
    );
    await synergyOk(folder, 'process', 'arguments', 'Hour', '{"depth": 3}', '--reason', 'deeper');
    assert.match(await synergyOk(folder, 'process', 'fire', 'Hour'), /^fired Hour/);
    const managed = JSON.parse(await synergyOk(folder, 'process', 'list', '--json')) as ProcessSummary[];
    const hour = managed.find(({ process }) => process.name === 'Hour');
    assert.deepEqual([hour?.trigger, hour?.arguments], ['every 7m', { depth: 3 }]);
    assert.deepEqual(
      commands().map(({ kind, reason }) => [kind, reason]),
      [
        ['set-managed', 'asked for on the command line'],
        ['set-managed', 'deeper'],
        ['fire-managed', 'asked for on the command line'],
      ],
    );
    const { code, stderr } = await synergy(folder, 'process', 'arguments', 'Hour', '[1]').ended;
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: arguments '\[1\]': expected a JSON object/);
  });

  it('leaves it to the scheduler while one runs', async () => {
    const run = synergy(folder, 'start', '--mx-port', '0');
    try {
      await run.line(/^dashboard: /);
      await synergyOk(folder, 'process', 'off', 'Hour');
      assert.deepEqual(await switches(), { Day: false, Hour: false });
      const { code, stderr } = await synergy(folder, 'process', 'off', 'Hours').ended;
      assert.equal(code, 1);
      assert.equal(stderr, "synergy: no managed process is named 'Hours': did you mean 'Hour'?\n");
    } finally {
      run.child.kill('SIGINT');
      await run.ended;
    }
    assert.deepEqual(
      commands().map(({ state }) => state),
      ['done', 'refused'],
    );
    assert.deepEqual(await switches(), { Day: false, Hour: false }, 'forgotten with the scheduler');
  });

  it('refuses what it cannot switch, in one line', async () => {
    for (const [argv, line, wanted] of [
      [['off', 'Huor'], /^synergy: no managed process is named 'Huor': did you mean 'Hour'\?\n$/, 1],
      [['on', 'Clean'], /^synergy: 'Clean' is a freerun process: .* 'synergy freerun list'\n$/, 1],
      [['off'], /^synergy: missing required argument 'process'\n$/, 2],
      [['of', 'Hour'], /^synergy: unknown command 'of' \(Did you mean one of off, on\?\)\n$/, 2],
    ] as const) {
      const { code, stderr } = await synergy(folder, 'process', ...argv).ended;
      assert.match(stderr, line);
      assert.equal(code, wanted);
    }
    assert.deepEqual(await switches(), { Day: false, Hour: true });
  });
});
