import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { openStore } from '../../db/registry.ts';
import { uowInsert } from '../support/records.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true })],
  trees: [tree({ name: 'tree', processes: ['Hour'] })],
});`;

const clock = { now: () => Date.now() };
const cause = { actor: 'scheduler', reason: null, at: 1000, epoch: 0 };
const poison = 'poison: its worker died 3 times, last box';

let folder: string;

/** Units of work as a scheduler left them: two quarantined, one waiting. */
const fill = async (): Promise<void> => {
  const store = await openStore('embedded', { dataDir: join(folder, 'synergy-data'), clock });
  const unit = (period: string, more: Partial<UowRecord> = {}) =>
    uowInsert(`Hour/${period}#1`, { processName: 'Hour', timeperiod: period, ...more });
  const failed = { state: 'INVALID', attempt: 3, crashes: 3, error: poison, token: 'secret' } as const;
  const units = [unit('2015060100', failed), unit('2015060101', failed), unit('2015060102')];
  await store.commit(units.map((write) => ({ cause, writes: [write] })));
  await store.close();
};

const listed = async (...argv: string[]): Promise<string[]> =>
  (JSON.parse(await synergyOk(folder, 'uow', 'list', '--json', ...argv)) as UowRecord[]).map(({ id }) => id);

describe('synergy uow', function () {
  this.timeout(60_000);
  beforeEach(async () => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
    await fill();
  });

  it('lists what is quarantined, shows why, and releases it', async () => {
    assert.deepEqual(await listed('--quarantined'), ['Hour/2015060100#1', 'Hour/2015060101#1']);
    assert.deepEqual(await listed('--state', 'REQUESTED'), ['Hour/2015060102#1']);
    const table = await synergyOk(folder, 'uow', 'list', '--quarantined', '--limit', '1');
    assert.match(table, /Hour\/2015060100#1 │ QUARANTINED/);
    assert.match(table, /there are more: the same with --after 'Hour\/2015060100#1' goes on/);
    const rest = ['--quarantined', '--after', 'Hour/2015060100#1'];
    assert.deepEqual(await listed(...rest), ['Hour/2015060101#1']);
    assert.deepEqual(await listed('--order', 'oldest', '--limit', '1'), ['Hour/2015060100#1']);
    assert.deepEqual(await listed('--from', '2900-01-01T00:00:00Z'), []);
    const shown = await synergyOk(folder, 'uow', 'show', 'Hour/2015060100#1');
    assert.match(shown, /is QUARANTINED: attempt 3, 3 crashes in a row/);
    assert.match(shown, new RegExp(`error: ${poison}\nwhen .*: synergy uow release 'Hour/2015060100#1'`));
    const both = ['Hour/2015060100#1', 'Hour/2015060101#1'];
    assert.equal(
      await synergyOk(folder, 'uow', 'release', ...both, '--reason', 'disk full'),
      'released Hour/2015060100#1\nreleased Hour/2015060101#1',
    );
    assert.deepEqual(await listed('--quarantined'), []);
    const json = await synergyOk(folder, 'uow', 'show', 'Hour/2015060100#1', '--json');
    const { state, token, transitions } = JSON.parse(json) as UowRecord & { transitions: TransitionRecord[] };
    assert.deepEqual([state, token, transitions[0]?.reason], ['REQUESTED', null, 'disk full']);
  });

  it('cancels, but not without being told to', async () => {
    const asked = await synergy(folder, 'uow', 'cancel', 'Hour/2015060100#1').ended;
    assert.deepEqual([asked.code, /add --yes/.test(asked.stderr)], [1, true]);
    const json = await synergyOk(folder, 'uow', 'cancel', 'Hour/2015060100#1', '--yes', '--json');
    assert.deepEqual(JSON.parse(json), { canceled: ['Hour/2015060100#1'] });
    assert.deepEqual(await listed('--state', 'CANCELED'), ['Hour/2015060100#1']);
  });

  const refusals: readonly (readonly [string[], number, RegExp])[] = [
    [['release', 'Hour/2015060102#1'], 1, /is REQUESTED: only an INVALID unit/],
    [['release', 'Hour/2015060100#1', 'Nobody#1'], 1, /no unit of work is named 'Nobody#1'/],
    [['show', 'Nobody#1'], 1, /no unit of work is named 'Nobody#1'/],
    [['list', '--state', 'BROKEN'], 2, /Allowed choices are REQUESTED/],
    [['list', '--from', 'yesterday'], 2, /expected an instant such as 2026-05-17T10:00:00Z/],
    [['list', '--entry', 'daily'], 1, /expected --process with it/],
    [['list', '--limit', '0'], 2, /expected a number from 1 to 10000/],
    [['list', '--quarantined', '--state', 'INVALID'], 1, /exclude each other/],
  ];
  for (const [argv, code, message] of refusals) {
    it(`refuses '${argv.join(' ')}' in one line`, async () => {
      const ended = await synergy(folder, 'uow', ...argv).ended;
      assert.deepEqual([ended.code, ended.stderr.trim().split('\n').length], [code, 1], ended.stderr);
      assert.match(ended.stderr, message);
      assert.equal((await listed('--quarantined')).length, 2, 'nothing was done');
    });
  }
});
