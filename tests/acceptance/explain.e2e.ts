import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Explanation } from '../../scheduler/api/api.ts';
import { synergyOk } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, managedProcess, tree } from 'synergy-scheduler';

export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', identity: true }),
    managedProcess({ name: 'Day', qualifier: 'daily', identity: true, blocking: 'children' }),
    managedProcess({ name: 'Off', qualifier: 'daily', identity: true, on: false }),
  ],
  trees: [tree({ name: 'site', processes: ['Hour', 'Day'] }), tree({ name: 'off', processes: ['Off'] })],
});
`;

describe('synergy job explain names the minimal blockers', () => {
  const folder = tempFolder();
  const explain = async (asOf: string, process: string, timeperiod: string): Promise<unknown[]> => {
    const clock = ['--start-timeperiod', '2015060122', '--as-of', asOf];
    const text = await synergyOk(folder, 'job', 'explain', process, timeperiod, '--json', ...clock);
    const { blockers } = JSON.parse(text) as Explanation;
    return blockers.map((b) => [
      b.kind,
      b.processName,
      b.timeperiod,
      ...(b.until === undefined ? [] : [b.until]),
    ]);
  };

  before(() => writeFileSync(join(folder, 'process_context.ts'), context));

  it('of a blocked daily: its open hours, and nothing else', async () => {
    assert.deepEqual(await explain('2015-06-02T00:30:00Z', 'Day', '2015060100'), [
      ['child', 'Hour', '2015060122'],
      ['child', 'Hour', '2015060123'],
    ]);
  });

  it('of a discrete job before its start lag: the lag, and until when', async () => {
    assert.deepEqual(await explain('2015-06-02T00:03:00Z', 'Hour', '2015060123'), [
      ['start-lag', 'Hour', '2015060123', Date.UTC(2015, 5, 2, 0, 5)],
    ]);
  });

  it('of a discrete job whose period is open: its end', async () => {
    assert.deepEqual(await explain('2015-06-01T23:30:00Z', 'Hour', '2015060123'), [
      ['period-open', 'Hour', '2015060123', Date.UTC(2015, 5, 2)],
    ]);
  });

  it('of a process that is off: that it is off', async () => {
    assert.deepEqual(await explain('2015-06-02T00:30:00Z', 'Off', '2015060100'), [
      ['process-off', 'Off', '2015060100'],
    ]);
  });
});
