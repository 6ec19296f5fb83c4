import assert from 'node:assert/strict';
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
