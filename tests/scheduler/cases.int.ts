import assert from 'node:assert/strict';
import { workQueue } from '../../domain/model/queue-name.ts';
import type { ProcessContext } from '../../domain/model/process.ts';
import { casesContext } from '../support/context.ts';
import type { Extra } from '../support/context.ts';
import { openRig } from '../support/rig.ts';
import type { Rig } from '../support/rig.ts';

const MAY = ['2015053122', '2015053123'] as const;

describe('cases', () => {
  let rig: Rig;
  const given = async (extras: Readonly<Record<string, Extra>> = {}, now?: number): Promise<Rig> => {
    rig = await openRig(casesContext(extras), now === undefined ? {} : { now });
    return rig;
  };
  /** Runs hours one after the other until and with the last named. */
  const runHours = async (process: string, periods: readonly string[]): Promise<void> => {
    await rig.tick(process);
    for (const period of periods) await rig.finish(process, period);
  };
  const rings = async (context: ProcessContext, process: string): Promise<number> => {
    const entry = context.processes.find((candidate) => candidate.name === process);
    assert.ok(entry);
    return (await rig.queue.depth(workQueue(entry))).ready;
  };

  afterEach(() => rig.close());

  it('grouped hours: covered hours are NOOP without a unit of work, labels cover their group', async () => {
    await given({ GroupHourly: { grouping: 3, concurrency: 100 } });
    await rig.tick('GroupHourly');
    for (const covered of ['2015060100', '2015060101', '2015060102', '2015060104', '2015060122']) {
      assert.equal(rig.state('GroupHourly', covered), 'NOOP');
      assert.deepEqual(await rig.uows('GroupHourly', covered), []);
    }
    const spans = await Promise.all(
      ['2015060103', '2015060106', '2015060123'].map(async (label) => {
        const uow = await rig.uow('GroupHourly', label);
        return [uow.startTimeperiod, uow.endTimeperiod];
      }),
    );
    assert.deepEqual(spans, [
      ['2015060100', '2015060104'],
      ['2015060104', '2015060107'],
      ['2015060122', '2015060200'],
    ]);
  });

  it('across a month: the next hour starts at once while the day of May is still active', async () => {
    await given();
    await runHours('SiteHourly', MAY);
    assert.equal(rig.state('SiteDaily', '2015053100'), 'IN_PROGRESS');
    assert.equal(rig.state('SiteHourly', '2015060100'), 'IN_PROGRESS');
  });

  for (const stuck of ['waits for its retry', 'is quarantined'] as const) {
    it(`a stuck hour does not hold the line: it ${stuck}`, async () => {
      await given();
      await runHours('SiteHourly', [...MAY, '2015060100', '2015060101']);
      if (stuck === 'waits for its retry') await rig.finish('SiteHourly', '2015060102', 'fail');
      else {
        for (let crash = 0; crash < 3; crash++) {
          await rig.claim(await rig.uow('SiteHourly', '2015060102'));
          rig.clock.advance(20_000);
          await rig.sweep();
        }
      }
      assert.equal((await rig.uow('SiteHourly', '2015060102')).state, 'INVALID');
      assert.equal(rig.state('SiteHourly', '2015060103'), 'IN_PROGRESS');
    });
  }

  it('a stuck hour holds the line of an ordered process, and the next one says for what it waits', async () => {
    await given({ SiteHourly: { ordered: true } });
    await runHours('SiteHourly', [...MAY, '2015060100', '2015060101']);
    await rig.finish('SiteHourly', '2015060102', 'fail');
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', '2015060103'), 'EMBRYO');
    const { blockers } = await rig.api.explain({ processName: 'SiteHourly', timeperiod: '2015060103' });
    assert.deepEqual(
      blockers.map(({ kind, timeperiod }) => [kind, timeperiod]),
      [['ordered-behind', '2015060102']],
    );
  });

  it('discrete life: one unit of work, one ring, PROCESSED by the report without another tick', async () => {
    const context = casesContext();
    await given();
    await rig.tick('SiteHourly');
    await rig.tick('SiteHourly');
    const uows = await rig.uows('SiteHourly', '2015053122');
    assert.deepEqual(
      uows.map((uow) => [uow.state, uow.startTimeperiod, uow.endTimeperiod]),
      [['REQUESTED', '2015053122', '2015053123']],
    );
    assert.equal(await rings(context, 'SiteHourly'), 1);
    await rig.finish('SiteHourly', '2015053122');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'PROCESSED');
  });

  it('lost status message: the tick finds the finished unit and starts the next hour', async () => {
    await given();
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122', 'complete', 'silently');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'PROCESSED');
    assert.equal(rig.state('SiteHourly', '2015053123'), 'IN_PROGRESS');
  });

  it('eager parent: runs while hours are open, and once more before it is PROCESSED', async () => {
    await given({ EagerDaily: { concurrency: 2 } });
    await rig.tick('EagerDaily');
    await rig.finish('EagerDaily', '2015053100');
    assert.equal(rig.state('EagerDaily', '2015053100'), 'IN_PROGRESS');
    await rig.tick('EagerDaily');
    assert.equal((await rig.uows('EagerDaily', '2015053100')).length, 2);
    await runHours('EagerHourly', MAY);
    assert.equal(rig.state('EagerDaily', '2015053100'), 'IN_PROGRESS');
    await rig.finish('EagerDaily', '2015053100');
    assert.equal(rig.state('EagerDaily', '2015053100'), 'PROCESSED');
    assert.equal((await rig.uows('EagerDaily', '2015053100')).length, 2);
  });

  it('wake-up: a finished day has its dependant looked at at once, an hour no day that waits for others', async () => {
    await given();
    await rig.tick('ClientDaily');
    assert.equal(rig.state('ClientDaily', '2015053100'), 'EMBRYO');
    await runHours('SiteHourly', ['2015053122']);
    assert.equal(rig.state('SiteDaily', '2015053100'), 'EMBRYO');
    await rig.finish('SiteHourly', '2015053123');
    assert.equal(rig.state('SiteDaily', '2015053100'), 'IN_PROGRESS');
    await rig.finish('SiteDaily', '2015053100');
    assert.equal(rig.state('ClientDaily', '2015053100'), 'IN_PROGRESS');
  });

  it('report of an older unit of work changes nothing, one of the newest completes', async () => {
    await given({ EagerDaily: { concurrency: 2 } });
    await rig.tick('EagerDaily');
    await rig.finish('EagerDaily', '2015053100');
    await rig.tick('EagerDaily');
    const [newest, oldest] = await rig.uows('EagerDaily', '2015053100');
    assert.ok(newest && oldest);
    await runHours('EagerHourly', MAY);
    await rig.services.turnLoop.report([oldest.id]);
    await rig.quiet();
    assert.equal(rig.state('EagerDaily', '2015053100'), 'IN_PROGRESS');
    await rig.finish('EagerDaily', '2015053100');
    assert.equal(rig.state('EagerDaily', '2015053100'), 'PROCESSED');
  });

  it('order within a reprocess: hour, then day, then month and client, never a day on the old hour', async () => {
    await given({}, Date.UTC(2015, 6, 1, 3, 30));
    await runHours('SiteHourly', MAY);
    await rig.finish('SiteDaily', '2015053100');
    await rig.finish('SiteMonthly', '2015050000');
    await rig.finish('ClientDaily', '2015053100');
    const all = [
      ['SiteHourly', MAY[0]],
      ['SiteDaily', '2015053100'],
      ['SiteMonthly', '2015050000'],
      ['ClientDaily', '2015053100'],
    ] as const;
    for (const [process, period] of all) assert.equal(rig.state(process, period), 'PROCESSED');
    await rig.api.execute({
      kind: 'reprocess',
      processName: 'SiteHourly',
      timeperiod: MAY[0],
    });
    await rig.quiet();
    const runs = (): Promise<number[]> =>
      Promise.all(all.map(async ([process, period]) => (await rig.uows(process, period)).length));
    for (const [process, period] of all) assert.equal(rig.state(process, period), 'IN_PROGRESS');
    assert.deepEqual(await runs(), [1, 1, 1, 1]);
    // The hour goes as soon as the slot that the hours of June hold is free.
    await rig.finish('SiteHourly', '2015060100');
    assert.deepEqual(await runs(), [2, 1, 1, 1]);
    await rig.finish('SiteHourly', MAY[0]);
    assert.deepEqual(await runs(), [2, 2, 1, 1]);
    await rig.finish('SiteDaily', '2015053100');
    assert.deepEqual(await runs(), [2, 2, 2, 2]);
    await rig.finish('SiteMonthly', '2015050000');
    await rig.finish('ClientDaily', '2015053100');
    for (const [process, period] of all) assert.equal(rig.state(process, period), 'PROCESSED');
  });

  it('reprocess of a job with an unfinished unit cancels it and publishes a fresh one', async () => {
    await given();
    await rig.tick('SiteHourly');
    await rig.api.execute({
      kind: 'reprocess',
      processName: 'SiteHourly',
      timeperiod: MAY[0],
    });
    await rig.quiet();
    const states = (await rig.uows('SiteHourly', MAY[0])).map((uow) => [uow.sequence, uow.state]);
    assert.deepEqual(states, [
      [2, 'REQUESTED'],
      [1, 'CANCELED'],
    ]);
    assert.equal(rig.state('SiteHourly', MAY[0]), 'IN_PROGRESS');
  });

  it('skip under a running worker: the job is SKIPPED, the late report is recorded as rejected', async () => {
    await given();
    await rig.tick('SiteHourly');
    const claimed = await rig.claim(await rig.uow('SiteHourly', MAY[0]));
    await rig.api.execute({ kind: 'skip', processName: 'SiteHourly', timeperiod: MAY[0] });
    await rig.finish('SiteHourly', MAY[0]);
    assert.equal(rig.state('SiteHourly', MAY[0]), 'SKIPPED');
    assert.equal((await rig.uow('SiteHourly', MAY[0])).state, 'CANCELED');
    const rejected = await rig.store.rejectedReports(10);
    assert.deepEqual(
      rejected.map((report) => report.id),
      [claimed.id],
    );
  });

  it('always failing hour: retried within its budget, then given up, and later hours went on', async () => {
    await given({ SiteHourly: { retry: { maxAttempts: 3 } } });
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', MAY[0], 'fail');
    assert.equal(rig.state('SiteHourly', MAY[1]), 'IN_PROGRESS');
    for (let attempt = 2; attempt <= 3; attempt++) {
      rig.clock.advance(31_000);
      await rig.sweep();
      assert.equal((await rig.uow('SiteHourly', MAY[0])).state, 'REQUESTED');
      await rig.finish('SiteHourly', MAY[0], 'fail');
    }
    rig.clock.advance(31_000);
    await rig.sweep();
    const uow = await rig.uow('SiteHourly', MAY[0]);
    assert.deepEqual(
      [uow.state, uow.attempt, uow.error],
      ['CANCELED', 3, 'gave up after 3 attempts: broken'],
    );
    assert.equal(rig.state('SiteHourly', MAY[0]), 'SKIPPED');
  });

  it('process off: an INVALID unit is not reposted until it is on again, and the job says so', async () => {
    await given();
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', MAY[0], 'fail');
    await rig.api.execute({ kind: 'set-managed', processName: 'SiteHourly', on: false });
    rig.clock.advance(31_000);
    await rig.sweep();
    assert.equal((await rig.uow('SiteHourly', MAY[0])).state, 'INVALID');
    const { blockers } = await rig.api.explain({ processName: 'SiteHourly', timeperiod: MAY[0] });
    assert.deepEqual(
      blockers.map((blocker) => blocker.kind),
      ['process-off', 'retry'],
    );
    await rig.api.execute({ kind: 'set-managed', processName: 'SiteHourly', on: true });
    await rig.sweep();
    assert.equal((await rig.uow('SiteHourly', MAY[0])).state, 'REQUESTED');
  });

  it('worker killed in a unit of work: its lease runs out, the unit is run again and finishes once', async () => {
    await given();
    await rig.tick('SiteHourly');
    const first = await rig.claim(await rig.uow('SiteHourly', MAY[0]));
    rig.clock.advance(16_000);
    await rig.sweep();
    const again = await rig.uow('SiteHourly', MAY[0]);
    assert.deepEqual([again.id, again.state, again.attempt], [first.id, 'REQUESTED', 1]);
    await rig.finish('SiteHourly', MAY[0]);
    assert.equal((await rig.uow('SiteHourly', MAY[0])).attempt, 2);
    assert.equal(rig.state('SiteHourly', MAY[0]), 'PROCESSED');
  });

  it('scheduler killed while a unit runs: what was reported meanwhile is applied, no hour lost or run twice', async () => {
    await given();
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', MAY[0], 'complete', 'silently');
    rig = await rig.restart();
    assert.equal(rig.state('SiteHourly', MAY[0]), 'IN_PROGRESS');
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', MAY[0]), 'PROCESSED');
    assert.equal((await rig.uows('SiteHourly', MAY[0])).length, 1);
    assert.equal(rig.state('SiteHourly', MAY[1]), 'IN_PROGRESS');
  });

  it('a SKIPPED dependency skips the job of a process that blocks on dependencies', async () => {
    await given();
    await rig.api.execute({ kind: 'skip', processName: 'SiteHourly', timeperiod: MAY[0] });
    await rig.api.execute({ kind: 'skip', processName: 'SiteHourly', timeperiod: MAY[1] });
    await rig.tick('SiteDaily');
    assert.equal(rig.state('SiteDaily', '2015053100'), 'SKIPPED');
    await rig.tick('ClientDaily');
    assert.equal(rig.state('ClientDaily', '2015053100'), 'SKIPPED');
  });

  it('a job whose record another one moved is read again and goes on from there', async () => {
    await given();
    const cause = { actor: 'other', reason: null, at: rig.clock.now(), epoch: 1 };
    const key = { processName: 'SiteHourly', timeperiod: MAY[0] };
    const change = {
      kind: 'job',
      ...key,
      from: 'EMBRYO',
      version: 0,
      event: 'skip',
      to: 'SKIPPED',
      set: {},
    } as const;
    await rig.store.commit([{ cause, writes: [change] }]);
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', MAY[0]), 'SKIPPED');
    assert.equal(rig.state('SiteHourly', MAY[1]), 'IN_PROGRESS');
  });
});
