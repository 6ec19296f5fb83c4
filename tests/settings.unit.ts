import assert from 'node:assert/strict';
import { environmentName, optionName, settingHelp, settingKind, settingNames } from '../settings/help.ts';
import { settingsSchema } from '../settings.ts';

describe('settings', () => {
  it('describes every setting: what it is, what is expected, an example that is accepted', async () => {
    for (const name of settingNames) {
      const help = settingHelp(name);
      assert.ok(help.description.endsWith('.'), `${name} has no sentence`);
      assert.ok(help.expected.length > 0, `${name} does not say what is expected`);
      const kind = settingKind(name);
      const value =
        kind === 'flag' ? help.example === 'true' : kind === 'number' ? Number(help.example) : help.example;
      assert.equal(
        (await settingsSchema.shape[name].safeParseAsync(value)).success,
        true,
        `${name}: example ${help.example}`,
      );
    }
  });

  it('spells a setting in three ways', () => {
    assert.equal(environmentName('startTimeperiod'), 'SYNERGY_START_TIMEPERIOD');
    assert.equal(optionName('startTimeperiod'), '--start-timeperiod');
    assert.equal(environmentName('demo'), 'SYNERGY_DEMO');
  });

  it('knows which texts stand for flags and numbers', () => {
    assert.deepEqual(
      [settingKind('demo'), settingKind('mxPort'), settingKind('lease'), settingKind('context')],
      ['flag', 'number', 'text', 'text'],
    );
  });

  it('has defaults for everything that is needed', () => {
    const defaults = settingsSchema.parse({});
    assert.equal(defaults.dataDir, './synergy-data');
    assert.equal(defaults.mxHost, '127.0.0.1');
    assert.equal(defaults.mxPort, 5000);
    assert.equal(defaults.sweepInterval, 10_000);
    assert.equal(defaults.heartbeat, 5000);
    assert.equal(defaults.lease, 15_000);
  });

  it('takes names of an installation that a corner has room for', () => {
    const isTaken = (mxTitle: string): boolean => settingsSchema.safeParse({ mxTitle }).success;
    assert.deepEqual(['R', 'Reports (staging)', 'Продажі', 'x'.repeat(40)].filter(isTaken).length, 4);
    assert.deepEqual(['', ' ', ' R', 'R ', 'a\nb', '\u0000', 'x'.repeat(41)].filter(isTaken), []);
  });
});
