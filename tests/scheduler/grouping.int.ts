import assert from 'node:assert/strict';

import type { ProcessContext } from '../../domain/model/process.ts';
import { describeBlockers } from '../../domain/timetable/blocker-sentence.ts';
import { contextOf, managed } from '../support/context.ts';
import type { Extra } from '../support/context.ts';
import { openRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const day = (hour: number): string => `20150601${String(hour).padStart(2, '0')}`;
const START = Date.UTC(2015, 5, 1);

/** `Use` waits for the same hour of `Load`, which covers three hours with a job. */
const loading = (load: Extra, use: Extra = {}): ProcessContext =>
  contextOf({
    load: { processes: [managed('Load', 'hourly', { concurrency: 9, ...load })] },
    use: {
      processes: [
        managed('Use', 'hourly', { blocking: 'dependencies', dependsOn: ['Load'], concurrency: 9, ...use }),
      ],
    },
  });

describe('grouped processes', () => {
  let rig: Rig;
  const given = async (context: ProcessContext, hour: number): Promise<void> => {
    rig = await openRig(context, { start: START, now: START + hour * 3_600_000 + 1_800_000 });
  };
  const deploy = async (context: ProcessContext, hour: number): Promise<void> => {
    rig.clock.set(START + hour * 3_600_000 + 1_800_000);
    rig = await rig.restart(context);
  };
  const states = (process: string, hours: readonly number[]): string[] =>
    hours.map((hour) => rig.state(process, day(hour)));
  const sentence = async (process: string, hour: number): Promise<string> => {
    const { state, blockers } = await rig.api.explain({ processName: process, timeperiod: day(hour) });
    return describeBlockers(state, blockers);
  };
  const stepsOf = async (kind: 'reprocess' | 'skip', process: string, hour: number): Promise<string[]> => {
    const plan = await rig.api.plan(kind, { processName: process, timeperiod: day(hour) });
    return plan.steps.map(({ processName, timeperiod }) => `${processName} ${timeperiod}`).sort();
  };
  /** Every unit of a process, as the range of hours that it covers. */
  const ranges = async (process: string): Promise<string[]> =>
    (await rig.store.findUows({ processName: process }))
      .map(({ startTimeperiod, endTimeperiod }) => `${startTimeperiod.slice(8)}-${endTimeperiod.slice(8)}`)
      .sort();

  afterEach(() => rig.close());

  it('hold up who waits for a covered hour until the job that covers it has finished', async () => {
    await given(loading({ grouping: 3 }), 7);
    await rig.tick('Load');
    await rig.tick('Use');
    assert.deepEqual(states('Load', [0, 1, 2, 4, 5]), Array(5).fill('NOOP'));
    assert.deepEqual(states('Use', [0, 1, 2, 3, 4, 5, 6]), Array(7).fill('EMBRYO'));
    assert.match(await sentence('Use', 0), /^It waits for its dependency Load 2015060103 \(IN_PROGRESS\)\.$/);
    assert.match(await sentence('Load', 0), /the job that covers it, Load 2015060103 \(IN_PROGRESS\)/);
    await rig.finish('Load', day(3));
    assert.deepEqual(states('Use', [0, 1, 2, 3]), Array(4).fill('IN_PROGRESS'));
    assert.deepEqual(states('Use', [4, 5, 6]), Array(3).fill('EMBRYO'));
    assert.equal(await sentence('Load', 0), 'It is finished: NOOP.');
    await rig.finish('Load', day(6));
    assert.deepEqual(states('Use', [4, 5, 6]), Array(3).fill('IN_PROGRESS'));
  });

  it('wait for what any of the periods that their job covers waits for', async () => {
    await given(loading({}, { grouping: 3 }), 7);
    await rig.tick('Load');
    await rig.tick('Use');
    for (const hour of [1, 2, 3]) await rig.finish('Load', day(hour));
    assert.equal(rig.state('Use', day(3)), 'EMBRYO');
    assert.equal(await sentence('Use', 3), 'It waits for its dependency Load 2015060100 (IN_PROGRESS).');
    await rig.finish('Load', day(0));
    assert.equal(rig.state('Use', day(3)), 'IN_PROGRESS');
    const consumed = (await rig.record('Use', day(3)))?.consumed ?? {};
    assert.deepEqual(
      Object.keys(consumed),
      [0, 1, 2, 3].map((hour) => `Load/${day(hour)}`),
    );
  });

  it('redo the job that covers an hour, and all that stands on any hour of it', async () => {
    await given(loading({ grouping: 3 }), 4);
    await rig.tick('Load');
    await rig.finish('Load', day(3));
    await rig.tick('Use');
    for (const hour of [0, 1, 2, 3]) await rig.finish('Use', day(hour));
    const all = [`Load ${day(3)}`, ...[0, 1, 2, 3].map((hour) => `Use ${day(hour)}`)];
    assert.deepEqual(await stepsOf('reprocess', 'Load', 1), all);
    assert.deepEqual(await stepsOf('reprocess', 'Load', 3), all);
    const request = { id: 'c', kind: 'reprocess', reason: 'late rows' } as const;
    await rig.api.execute({ ...request, processName: 'Load', timeperiod: day(1) });
    await rig.quiet();
    assert.equal(rig.state('Load', day(3)), 'IN_PROGRESS');
    assert.deepEqual((await rig.uows('Use', day(0))).length, 1);
    assert.match(await sentence('Use', 0), /Load 2015060103 \(IN_PROGRESS\), which is being redone/);
    await rig.finish('Load', day(3));
    for (const hour of [0, 1, 2, 3]) assert.equal((await rig.uows('Use', day(hour))).length, 2);
  });

  it('skip the job that covers an hour, and who depends on any hour of it', async () => {
    await given(loading({ grouping: 3 }), 4);
    await rig.tick('Load');
    const expected = [`Load ${day(3)}`, ...[0, 1, 2, 3].map((hour) => `Use ${day(hour)}`)];
    assert.deepEqual(await stepsOf('skip', 'Load', 1), expected);
  });

  it('wait for their own earlier periods, not for those that their job covers itself', async () => {
    const own = { process: 'Load', mapping: { offset: -1 } } as const;
    await given(loading({ grouping: 3, blocking: 'dependencies', dependsOn: [own] }), 7);
    await rig.tick('Load');
    assert.deepEqual(states('Load', [3, 6]), ['IN_PROGRESS', 'EMBRYO']);
    await rig.finish('Load', day(3));
    assert.equal(rig.state('Load', day(6)), 'IN_PROGRESS');
  });

  describe('whose grouping changes', () => {
    it('from three to one: hours that no run covers run themselves', async () => {
      await given(loading({ grouping: 3 }), 5);
      await rig.tick('Load');
      await rig.finish('Load', day(3));
      assert.deepEqual(states('Load', [4, 5]), ['NOOP', 'NOOP']);
      await deploy(loading({}), 6);
      await rig.tick('Load');
      assert.deepEqual(await ranges('Load'), ['00-04', '04-05', '05-06']);
      const journal = await rig.store.journal({ entityId: `Load/${day(4)}`, limit: 9 });
      const reopened = journal.find(({ event }) => event === 'reprocess');
      assert.equal(reopened?.reason, 'grouping changed from 3 to 1, and no run covers this period');
    });

    it('from one to three: no hour that has run is covered again', async () => {
      await given(loading({}), 5);
      await rig.tick('Load');
      for (const hour of [0, 1, 2, 3, 4]) await rig.finish('Load', day(hour));
      await deploy(loading({ grouping: 3 }), 7);
      await rig.tick('Load');
      assert.deepEqual(await ranges('Load'), ['00-01', '01-02', '02-03', '03-04', '04-05', '05-07']);
    });

    it('while a run is under way: it keeps its hours, and so it does when it is redone', async () => {
      await given(loading({ grouping: 3 }), 5);
      await rig.tick('Load');
      await deploy(loading({ grouping: 2 }), 7);
      await rig.tick('Load');
      await rig.finish('Load', day(3));
      assert.deepEqual(await ranges('Load'), ['00-04', '04-05', '05-07']);
      await rig.api.execute({
        id: 'c',
        kind: 'reprocess',
        processName: 'Load',
        timeperiod: day(0),
      });
      await rig.quiet();
      assert.deepEqual(await ranges('Load'), ['00-04', '00-04', '04-05', '05-07']);
    });

    it('and back before anything ran: as if it never had', async () => {
      await given(loading({ grouping: 3 }), 2);
      await rig.tick('Load');
      await deploy(loading({}), 2);
      await deploy(loading({ grouping: 3 }), 4);
      await rig.tick('Load');
      assert.deepEqual(await ranges('Load'), ['00-04']);
    });
  });
});
