import type { JobKey } from '../../../domain/model/record.ts';
import assert from 'node:assert/strict';
import { defineContext, managedProcess, tree } from '../../../domain/model/define.ts';
import { countStandings } from '../../../domain/timetable/standing.ts';
import { quarantine } from '../../support/quarantine.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const hours = { qualifier: 'hourly', identity: true, concurrency: 10 } as const;
const context = defineContext({
  processes: [
    managedProcess({ name: 'Day', qualifier: 'daily', identity: true, blocking: 'children' }),
    managedProcess({ name: 'Hour', ...hours, retry: { maxAttempts: 3 } }),
  ],
  trees: [tree({ name: 'one', processes: ['Day', 'Hour'] })],
});
const [first, second] = ['2015053122', '2015053123'];
const day = { processName: 'Day', timeperiod: '2015053100' };

describe('what the scheduler tells of failing jobs', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(context);
    await rig.tick('Hour');
  });
  afterEach(() => rig.close());

  const seen = (timeperiod: string): unknown => {
    const { state, standing } = rig.api.node({ processName: 'Hour', timeperiod });
    return [state, standing];
  };
  const below = (): unknown => rig.api.node(day).counts;
  const none = countStandings(() => 0);

  it('counts them as that in nodes, trees and processes, and after a restart too', async () => {
    await rig.finish('Hour', first, 'fail');
    await quarantine(rig, `Hour/${second}#1`);
    const check = async (): Promise<void> => {
      assert.deepEqual(
        [seen(first), seen(second)],
        [
          ['IN_PROGRESS', 'RETRYING'],
          ['IN_PROGRESS', 'QUARANTINED'],
        ],
      );
      assert.deepEqual(below(), { ...none, RETRYING: 1, QUARANTINED: 1 });
      const [hour] = (await rig.api.managed()).filter(({ process }) => process.name === 'Hour');
      const { jobs } = await rig.api.overview();
      const [found] = rig.api.trees()[0]?.processes.filter(({ name }) => name === 'Hour') ?? [];
      for (const counts of [hour?.counts, found?.counts, jobs])
        assert.deepEqual([counts?.RETRYING, counts?.QUARANTINED], [1, 1]);
      const explained = await rig.api.explain(day);
      assert.deepEqual(
        explained.roots.map(({ standing }) => standing),
        ['RETRYING', 'QUARANTINED'],
      );
    };
    await check();
    rig = await rig.restart();
    await check();
  });

  it('announces that one fails, and that it no longer does', async () => {
    /** Resolves when the first hour is told of. */
    const told = (): Promise<void> =>
      new Promise((resolve) => {
        const end = rig.api.subscribe((event) => {
          const isHour = ({ processName, timeperiod }: JobKey): boolean =>
            processName === 'Hour' && timeperiod === first;
          if (event.topic !== 'jobs' || !event.changed.some(isHour)) return;
          end();
          resolve();
        });
      });
    const failed = told();
    await rig.finish('Hour', first, 'fail');
    await failed;
    assert.deepEqual(seen(first), ['IN_PROGRESS', 'RETRYING']);
    const released = told();
    await rig.api.execute({ kind: 'release-uow', uowId: `Hour/${first}#1`, reason: 'mended' });
    await released;
    assert.deepEqual(seen(first), ['IN_PROGRESS', 'IN_PROGRESS']);
  });

  it('knows after a restart what finished in the last minute and hour', async () => {
    await rig.finish('Hour', first);
    await rig.finish('Hour', second, 'empty');
    const finished = async (): Promise<unknown> => {
      const { finishedLastMinute, finishedLastHour } = await rig.api.overview();
      return [finishedLastMinute, finishedLastHour];
    };
    assert.deepEqual(await finished(), [2, 2]);
    rig = await rig.restart();
    assert.deepEqual(await finished(), [2, 2]);
    rig.clock.advance(2 * 60_000);
    assert.deepEqual(await finished(), [0, 2]);
    rig.clock.advance(3_600_000);
    assert.deepEqual(await finished(), [0, 0]);
  });
});
