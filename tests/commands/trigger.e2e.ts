import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRecord } from '../../domain/model/record.ts';
import { synergy, synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

describe('synergy trigger', function () {
  this.timeout(60_000);
  const folder = tempFolder();

  it('says what a schedule means and when it fires next, without a store', async () => {
    const from = ['--from', '2026-11-30T12:00:00Z', '--limit', '2'];
    const schedule = 'R/2027-01-31T10:00:00Z/P1M/ET1H';
    assert.equal(
      await synergyOk(folder, 'trigger', 'preview', schedule, ...from),
      [
        "Every month on the 31st (or the month's last day) at 10:00 UTC, from 31 January 2027, for ever. Each delivery may begin up to 1 hour late.",
        "start: February, April, June, September and November have no 31st: there it fires on the month's last day.",
        '2027-01-31 10:00:00Z',
        '2027-02-28 10:00:00Z',
      ].join('\n'),
    );
    const text = await synergyOk(
      folder,
      'trigger',
      'preview',
      'at 08:00',
      '--epsilon',
      '90s',
      '--json',
      ...from,
    );
    assert.deepEqual(JSON.parse(text), {
      ...{ schedule: 'at 08:00', epsilon: 90_000, warnings: [] },
      words: 'Every day at 08:00 UTC. Each delivery may begin up to 1 minute and 30 seconds late.',
      next: [Date.UTC(2026, 11, 1, 8), Date.UTC(2026, 11, 2, 8)],
    });
  });

  it('adds a trigger, changes it, pauses and resumes it, fires it and removes it', async () => {
    const own = tempFolder();
    writeFileSync(
      join(own, 'process_context.ts'),
      `import { defineContext } from 'synergy-scheduler';\nexport default defineContext({ processes: [] });`,
    );
    const trigger = (...argv: readonly string[]): Promise<string> =>
      synergyOk(own, 'trigger', ...argv, '--events');
    const add = ['add', 'backup', 'R/2099-01-01T00:00:00Z/P1D', 'https://example.org/hook'];
    assert.equal(await trigger(...add), 'added local/backup');
    assert.equal(await trigger(...add), 'local/backup is so already');
    const more = ['--payload', '[1]', '--header', 'X-A: b: c', '--method', 'PUT', '--epsilon', '90s'];
    assert.equal(
      await trigger(...add, ...more, '--overlap', 'skip', '--pause-after', '3'),
      'changed local/backup',
    );
    assert.equal(await trigger('pause', 'backup', '--note', 'it moves'), 'paused local/backup');
    assert.equal(await trigger('resume', 'backup'), 'resumed local/backup');
    assert.equal(await trigger('unsign', 'backup'), 'local/backup is so already');
    assert.match(await trigger('rotate-secret', 'backup'), /is signed by the secret/);
    assert.equal(await trigger('unsign', 'backup'), 'signed no more: local/backup');
    assert.match(await trigger('fire', 'backup'), /^fired local\/backup: Events:local\/backup\/by-hand#\S+$/);
    assert.equal(await trigger('remove', 'backup'), 'removed local/backup');
    const [put] = (JSON.parse(await synergyOk(own, 'commands', '--json')) as CommandRecord[])
      .filter(({ kind }) => kind === 'put-trigger')
      .map((command) => command.arguments);
    assert.deepEqual(put, {
      ...{ owner: 'local', triggerId: 'backup', schedule: 'R/2099-01-01T00:00:00Z/P1D', epsilon: 90_000 },
      target: { url: 'https://example.org/hook', method: 'PUT', headers: { 'X-A': 'b: c' } },
      ...{ overlap: 'skip', pauseAfter: 3, payload: [1] },
    });
    const gone = await synergy(own, 'trigger', 'pause', 'backup', '--events').ended;
    assert.match(gone.stderr, /no event trigger is named 'local\/backup'/);
    assert.equal(gone.code, 1);
  });

  it('imports lines, lists, shows and exports them, and sends again what was lost', async () => {
    const own = tempFolder();
    writeFileSync(
      join(own, 'process_context.ts'),
      `import { defineContext } from 'synergy-scheduler';\nexport default defineContext({ processes: [] });`,
    );
    const trigger = (...argv: readonly string[]): Promise<string> =>
      synergyOk(own, 'trigger', ...argv, '--events');
    const line = (id: string, schedule = 'every 1h'): string =>
      JSON.stringify({ owner: 'local', id, schedule, target: { url: 'https://example.org/hook' } });
    const file = join(own, 'triggers.ndjson');
    writeFileSync(file, `${[line('a'), line('b'), line('c', 'R/2027-02-30T00:00:00Z/P1D')].join('\n')}\n`);
    const atomic = await synergy(own, 'trigger', 'import', file, '--atomic', '--events').ended;
    assert.equal(atomic.code, 1);
    assert.match(atomic.stderr, /^line 3: INVALID_SCHEDULE: .*the start '2027-02-30T00:00:00Z'/m);
    assert.match(atomic.stdout, /^0 created, 0 changed, 0 unchanged, 1 line refused/);
    const some = await synergy(own, 'trigger', 'import', file, '--events').ended;
    assert.equal(some.code, 1);
    assert.match(some.stdout, /^2 created, 0 changed, 0 unchanged, 1 line refused/);
    const text = await trigger('export');
    assert.equal(text.split('\n').length, 2);
    writeFileSync(file, text);
    const again = JSON.parse(await trigger('import', file, '--json')) as unknown;
    assert.deepEqual(again, { created: 0, changed: 0, unchanged: 2, refused: [] });
    assert.match(await trigger('list', '--limit', '1'), /local\/a .*on .*every 1h[^]*--after 'local\/a'/);
    const [second] = JSON.parse(await trigger('list', '--after', 'local/a', '--json')) as { id: string }[];
    assert.equal(second?.id, 'b');
    const fired = (await trigger('fire', 'a')).replace(/^.*: /, '');
    await synergyOk(own, 'uow', 'cancel', fired, '--yes', '--events');
    assert.match(await trigger('show', 'a'), /local\/a is failing\nEvery hour[^]*POST https:[^]*failed/);
    const since = ['--since', '2020-01-01T00:00:00Z'];
    assert.match(
      await trigger('resend', 'a', ...since, '--dry-run'),
      /^1 message to https:\/\/example.org\/hook/,
    );
    assert.match(await trigger('resend', 'a', ...since, '--yes'), /^sent 1 message again$/m);
    assert.match(await trigger('resend', 'a', ...since, '--yes'), /^nothing was lost/);
  });

  it('names the part of a schedule that is wrong, and refuses odd options', async () => {
    const refused = async (argv: readonly string[], expected: RegExp, code: number): Promise<void> => {
      const ended = await synergy(folder, 'trigger', 'preview', ...argv).ended;
      assert.match(ended.stderr, expected);
      assert.equal(ended.code, code);
    };
    const start = 'R/2027-02-30T10:00:00Z/P1M';
    await refused([start], /the start '2027-02-30T10:00:00Z' .* such as 'R\/2027-02-28T10:00:00Z\/P1M'/, 1);
    await refused(['every 1h', '--epsilon', '0s'], /expected a duration such as 90s or 5m/, 2);
    await refused(['every 1h', '--from', 'today'], /expected an instant such as 2027-01-31T10:00:00Z/, 2);
  });
});
