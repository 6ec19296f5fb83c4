import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FreerunView } from '../../scheduler/api/api.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess } from 'synergy-scheduler';
export default defineContext({
  processes: [
    freerunProcess({ name: 'Clean', identity: true, entries: [{ name: 'nightly', trigger: 'at 03:00' }] }),
  ],
});`;

describe('synergy freerun', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
    writeFileSync(join(folder, 'process_context.ts'), context);
  });

  const entry = async (name: string): Promise<FreerunView | undefined> => {
    const all = JSON.parse(await synergyOk(folder, 'freerun', 'list', '--json')) as FreerunView[];
    return all.find(({ entryName }) => entryName === name);
  };

  it('switches an entry off and on', async () => {
    const off = await synergyOk(folder, 'freerun', 'off', 'Clean', 'nightly', '--reason', 'moving');
    assert.equal(off, 'switched off Clean nightly');
    assert.equal((await entry('nightly'))?.on, false);
    assert.equal(await synergyOk(folder, 'freerun', 'on', 'Clean', 'nightly'), 'switched on Clean nightly');
    assert.equal((await entry('nightly'))?.on, true);
  });

  it('adds an entry with all it has, and changes what is given alone', async () => {
    const policies = ['--overlap', 'allow', '--missed', 'none', '--description', 'weekly'];
    await synergyOk(folder, 'freerun', 'add', 'Clean', 'more', 'every 1h', ...policies);
    const before = await entry('more');
    assert.deepEqual(
      [before?.trigger, before?.overlap, before?.missed, before?.description, before?.arguments],
      ['every 1h', 'allow', 'none', 'weekly', {}],
    );
    const changes = ['--trigger', 'every 2h', '--missed', 'all', '--arguments', '{"days": 7}'];
    assert.equal(
      await synergyOk(folder, 'freerun', 'change', 'Clean', 'more', ...changes),
      'changed Clean more',
    );
    const after = await entry('more');
    assert.deepEqual(
      [after?.trigger, after?.overlap, after?.missed, after?.description, after?.arguments],
      ['every 2h', 'allow', 'all', 'weekly', { days: 7 }],
    );
  });

  it('shows an entry and what happened to it, also once it was removed', async () => {
    await synergyOk(folder, 'freerun', 'add', 'Clean', 'more', 'every 1h', '--reason', 'a try');
    await synergyOk(folder, 'freerun', 'fire', 'Clean', 'more', '--arguments', '{"days":1}');
    const shown = await synergyOk(folder, 'freerun', 'show', 'Clean', 'more');
    assert.match(shown, /^Clean:more is on: every 1h\nEvery hour\.\nnext: \S+/);
    assert.match(shown, /Clean:more\/by-hand#\S+ +│ REQUESTED/);
    assert.match(shown, /create .* a try/);
    await synergyOk(folder, 'freerun', 'remove', 'Clean', 'more', '--reason', 'no use');
    assert.match(
      await synergyOk(folder, 'freerun', 'show', 'Clean', 'more'),
      /^Clean:more was removed: every 1h\nEvery hour\.\nnext: never\n/,
    );
    const { uows, transitions } = JSON.parse(
      await synergyOk(folder, 'freerun', 'show', 'Clean', 'more', '--limit', '2', '--json'),
    ) as { uows: { arguments: unknown }[]; transitions: { event: string }[] };
    assert.deepEqual(
      uows.map((uow) => uow.arguments),
      [{ days: 1 }],
    );
    assert.deepEqual(
      transitions.map(({ event }) => event),
      ['remove', 'fire'],
    );
  });

  it('tells what happened and what was asked for, page by page', async () => {
    for (const verb of ['off', 'on', 'off'])
      await synergyOk(folder, 'freerun', verb, 'Clean', 'nightly', '--reason', `turn ${verb}`);
    const rows = async (...options: string[]): Promise<{ sequence: number; event: string }[]> =>
      JSON.parse(await synergyOk(folder, 'journal', 'Clean:nightly', '--own', '--json', ...options)) as [];
    const all = await rows();
    assert.deepEqual(
      all.map(({ event }) => event),
      // The first one found it stored nowhere.
      ['switch-off', 'switch-on', 'switch-off', 'create'],
    );
    assert.deepEqual(await rows('--order', 'oldest'), all.toReversed());
    const [first] = await rows('--limit', '1');
    assert.deepEqual(await rows('--after', String(first?.sequence)), all.slice(1));
    const journal = await synergyOk(folder, 'journal', '--limit', '1');
    assert.match(journal, new RegExp(`there are more: the same with --after '${first?.sequence ?? ''}'`));
    const commands = JSON.parse(await synergyOk(folder, 'commands', 'Clean', '--json')) as {
      id: string;
      reason: string;
    }[];
    assert.deepEqual(
      commands.map(({ reason }) => reason),
      ['turn off', 'turn on', 'turn off'],
    );
    const last = commands[1]?.id ?? '';
    const rest = await synergyOk(folder, 'commands', 'Clean:nightly', '--after', last);
    assert.ok(rest.includes(commands[2]?.id ?? '?') && !rest.includes(last), rest);
    assert.equal(await synergyOk(folder, 'uow', 'rejected'), 'no report was rejected');
    const { code, stderr } = await synergy(folder, 'journal', '--after', 'x').ended;
    assert.equal(code, 2);
    assert.match(stderr, /--after/);
  });

  it('refuses a change of nothing, in one line', async () => {
    const { code, stderr } = await synergy(folder, 'freerun', 'change', 'Clean', 'nightly').ended;
    assert.equal(code, 1);
    assert.match(stderr, /^synergy: nothing to change: expected --trigger, [^\n]*\n$/);
  });
});
