import assert from 'node:assert/strict';

import type { UowRecord } from '../../../domain/model/record.ts';
import { blockersOf, rootBlockers } from '../../../domain/timetable/explain.ts';
import type { Blocker } from '../../../domain/timetable/blocker.ts';
import type { Circumstances } from '../../../domain/timetable/explain.ts';
import { buildTimetable } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { cases, contextOf, managed } from '../../support/context.ts';
import type { Extra } from '../../support/context.ts';
import { at, casesTimetable, charge, put, putAll } from '../../support/timetable.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

const around = (more: Partial<Circumstances> = {}): Circumstances => ({
  now: cases.now,
  isOn: () => true,
  nextFire: () => undefined,
  uow: () => undefined,
  ...more,
});

const explain = (timetable: Timetable, name: string, more: Partial<Circumstances> = {}): readonly Blocker[] =>
  blockersOf(timetable, at(timetable, name), around(more));

/** `child SiteHourly/2015060102`, for comparing sets of blockers. */
const brief = (blockers: readonly Blocker[]): string[] =>
  blockers.map(({ kind, processName, timeperiod }) => `${kind} ${processName}/${timeperiod}`);

const roots = (
  timetable: Timetable,
  name: string,
  more: Partial<Circumstances & { limit: number }> = {},
): string[] =>
  brief(rootBlockers(timetable, at(timetable, name), { ...around(more), limit: more.limit ?? 20 }));

const recordOf = (more: Partial<UowRecord>): UowRecord => more as UowRecord;

describe('blockers', () => {
  it('are none of a finished job', () => {
    const timetable = casesTimetable();
    for (const state of ['PROCESSED', 'SKIPPED', 'NOOP'] as const) {
      put(timetable, 'SiteDaily/2015060100', state);
      assert.deepEqual(explain(timetable, 'SiteDaily/2015060100', { isOn: () => false }), []);
    }
  });

  it('of a covered period are the job that covers it, until that is finished', () => {
    const timetable = casesTimetable();
    put(timetable, 'GroupHourly/2015060101', 'NOOP');
    assert.deepEqual(brief(explain(timetable, 'GroupHourly/2015060101')), [
      'covering-job GroupHourly/2015060103',
    ]);
    put(timetable, 'GroupHourly/2015060103', 'PROCESSED');
    assert.deepEqual(explain(timetable, 'GroupHourly/2015060101'), []);
  });

  it('of a covered period say when the job that covers it begins to be', () => {
    const timetable = casesTimetable({}, Date.UTC(2015, 5, 2, 1, 30));
    put(timetable, 'GroupHourly/2015060201', 'NOOP');
    const [found] = explain(timetable, 'GroupHourly/2015060201');
    assert.deepEqual(
      [found?.kind, found?.timeperiod, found?.until],
      ['covering-job', '2015060203', Date.UTC(2015, 5, 2, 3)],
    );
  });

  describe('future', () => {
    it('is the only one, until the period begins', () => {
      const timetable = casesTimetable();
      assert.deepEqual(explain(timetable, 'SiteHourly/2015060203', { now: Date.UTC(2015, 5, 2, 2, 59) }), [
        {
          kind: 'future',
          processName: 'SiteHourly',
          timeperiod: '2015060203',
          state: 'EMBRYO',
          standing: 'EMBRYO',
          until: Date.UTC(2015, 5, 2, 3),
        },
      ]);
      const [found] = explain(timetable, 'SiteHourly/2015060203', { now: Date.UTC(2015, 5, 2, 3) });
      assert.equal(found?.kind, 'period-open');
    });
  });

  describe('period-open and start-lag', () => {
    it('say until when a discrete job waits', () => {
      const timetable = casesTimetable();
      const end = Date.UTC(2015, 5, 2, 4);
      const seen = (now: number): unknown => explain(timetable, 'SiteHourly/2015060203', { now })[0];
      const job = {
        processName: 'SiteHourly',
        timeperiod: '2015060203',
        state: 'EMBRYO',
        standing: 'EMBRYO',
      };
      assert.deepEqual(seen(cases.now), { ...job, kind: 'period-open', until: end });
      assert.deepEqual(seen(end), { ...job, kind: 'start-lag', until: end + 5 * MINUTE });
      assert.deepEqual(seen(end + 5 * MINUTE), { ...job, kind: 'waiting-for-trigger' });
    });

    it('do not hold up what runs while its period is open', () => {
      assert.deepEqual(brief(explain(casesTimetable(), 'StreamHourly/2015060203')), [
        'waiting-for-trigger StreamHourly/2015060203',
      ]);
    });
  });

  describe('source-open', () => {
    const recomputing: Extra = { strategy: 'recomputing', source: 'access' };
    const end = Date.UTC(2015, 5, 1, 3);

    it('holds the end of a recomputing job until its source is complete', () => {
      const timetable = casesTimetable({ SiteHourly: recomputing });
      const seen = (watermark: number | undefined): readonly Blocker[] =>
        explain(timetable, 'SiteHourly/2015060102', {
          watermark: (source) => (source === 'access' ? watermark : undefined),
        });
      assert.deepEqual(seen(end - 1), [
        {
          kind: 'source-open',
          processName: 'SiteHourly',
          timeperiod: '2015060102',
          state: 'EMBRYO',
          standing: 'EMBRYO',
          until: end - 1,
        },
      ]);
      const down = { text: 'daemon D stays down', command: 'synergy restart worker' };
      const [held] = explain(timetable, 'SiteHourly/2015060102', {
        watermark: () => end - 1,
        failedDaemon: () => down,
      });
      assert.deepEqual([held?.detail, held?.command], [down.text, down.command]);
      assert.deepEqual(brief(seen(end)), ['waiting-for-trigger SiteHourly/2015060102']);
      assert.deepEqual(
        brief(seen(undefined)),
        ['waiting-for-trigger SiteHourly/2015060102'],
        'no watermark: complete',
      );
    });

    it('holds neither an open period nor the final run', () => {
      const timetable = casesTimetable({ SiteHourly: recomputing });
      const watermark = (): number => 0;
      put(timetable, 'SiteHourly/2015060102', 'FINAL_RUN');
      for (const hour of ['2015060102', '2015060203']) {
        assert.deepEqual(brief(explain(timetable, `SiteHourly/${hour}`, { watermark })), [
          `waiting-for-trigger SiteHourly/${hour}`,
        ]);
      }
    });

    it('is no blocker of a process without a source', () => {
      const timetable = casesTimetable({ SiteHourly: recomputing });
      assert.deepEqual(brief(explain(timetable, 'SiteHourly/2015060102')), [
        'waiting-for-trigger SiteHourly/2015060102',
      ]);
    });
  });

  describe('child and dependency', () => {
    it('name every open child, in order, and none that is finished', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060107', '2015060113', '2015060201']);
      put(timetable, 'SiteHourly/2015060113', 'IN_PROGRESS');
      const found = explain(timetable, 'SiteDaily/2015060100');
      assert.deepEqual(brief(found), ['child SiteHourly/2015060107', 'child SiteHourly/2015060113']);
      assert.deepEqual(
        found.map(({ state }) => state),
        ['EMBRYO', 'IN_PROGRESS'],
      );
    });

    it('name a dependency, but no children, for `dependencies`', () => {
      const timetable = casesTimetable();
      assert.deepEqual(brief(explain(timetable, 'ClientDaily/2015060100')), [
        'dependency SiteDaily/2015060100',
      ]);
    });

    it('come together for `children`, with the time', () => {
      const timetable = casesTimetable();
      assert.deepEqual(brief(explain(timetable, 'ClientMonthly/2015060000')), [
        'period-open ClientMonthly/2015060000',
        'child ClientDaily/2015060100',
        'child ClientDaily/2015060200',
        'dependency SiteMonthly/2015060000',
      ]);
    });

    it('do not hold up the first run of `normal`, but the end of its job', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'EagerHourly', 'PROCESSED', ['2015060107']);
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), [
        'waiting-for-trigger EagerDaily/2015060100',
      ]);
      put(timetable, 'EagerDaily/2015060100', 'IN_PROGRESS');
      charge(timetable, 'EagerDaily/2015060100', 'PROCESSED');
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), ['child EagerHourly/2015060107']);
      put(timetable, 'EagerHourly/2015060107', 'NOOP');
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), [
        'waiting-for-trigger EagerDaily/2015060100',
      ]);
    });

    it('do not hold up a final run', () => {
      const timetable = casesTimetable({ EagerDaily: { strategy: 'continuous' } });
      put(timetable, 'EagerDaily/2015060100', 'FINAL_RUN');
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), [
        'waiting-for-trigger EagerDaily/2015060100',
      ]);
    });

    /** Days that wait for hours of another tree. */
    const waiting = (extra: Extra): Timetable =>
      buildTimetable(
        contextOf({
          hours: { processes: [managed('Hour', 'hourly')] },
          days: { processes: [managed('Day', 'daily', { blocking: 'dependencies', startLag: 0, ...extra })] },
        }),
        cases,
      );

    it('name just as many of an at-least dependency as are lacking, and say that others would do', () => {
      const timetable = waiting({ dependsOn: [{ process: 'Hour', mapping: 'contained', atLeast: 22 }] });
      putAll(timetable, 'Hour', 'PROCESSED', ['2015060103', '2015060105', '2015060107', '2015060109']);
      const found = explain(timetable, 'Day/2015060100');
      assert.deepEqual(brief(found), ['dependency Hour/2015060103', 'dependency Hour/2015060105']);
      assert.deepEqual(new Set(found.map(({ detail }) => detail)), new Set(['any 22 of 24 are enough']));
      put(timetable, 'Hour/2015060103', 'SKIPPED');
      put(timetable, 'Hour/2015060105', 'SKIPPED');
      assert.deepEqual(
        brief(explain(timetable, 'Day/2015060100')),
        ['dependency Hour/2015060107', 'dependency Hour/2015060109'],
        'SKIPPED is finished, but not ready',
      );
    });

    it('stand for periods that do not exist yet with the last one needed', () => {
      const timetable = waiting({ dependsOn: [{ process: 'Hour', mapping: { offset: [25, 30] } }] });
      const after = { state: 'EMBRYO', standing: 'EMBRYO', kind: 'dependency', processName: 'Hour' } as const;
      assert.deepEqual(
        explain(timetable, 'Day/2015060100').map(({ timeperiod, until }) => [timeperiod, until]),
        [
          ['2015060201', undefined],
          ['2015060202', undefined],
          ['2015060203', undefined],
          ['2015060206', Date.UTC(2015, 5, 2, 6)],
        ],
      );
      assert.deepEqual(explain(timetable, 'Day/2015060200', { now: Date.UTC(2015, 5, 3) }), [
        { ...after, timeperiod: '2015060306', until: Date.UTC(2015, 5, 3, 6) },
      ]);
      const some = waiting({ dependsOn: [{ process: 'Hour', mapping: { offset: [25, 30] }, atLeast: 5 }] });
      assert.deepEqual(brief(explain(some, 'Day/2015060100')).at(-1), 'dependency Hour/2015060205');
    });

    it('are none where a skipped dependency skips the job at the next look', () => {
      const timetable = waiting({ dependsOn: [{ process: 'Hour', mapping: 'contained' }] });
      put(timetable, 'Hour/2015060105', 'SKIPPED');
      assert.deepEqual(brief(explain(timetable, 'Day/2015060100')), ['waiting-for-trigger Day/2015060100']);
      assert.deepEqual(brief(explain(timetable, 'Day/2015060200')), [
        'period-open Day/2015060200',
        ...['00', '01', '02', '03', '23'].map((hour) => `dependency Hour/20150602${hour}`),
      ]);
    });

    it('are none of a period that another one’s job covers, nor is its time', () => {
      const now = Date.UTC(2015, 5, 2, 2, 30);
      assert.deepEqual(brief(explain(casesTimetable(), 'GroupHourly/2015060202', { now })), [
        'waiting-for-trigger GroupHourly/2015060202',
      ]);
    });
  });

  describe('inputs-redone', () => {
    it('is every input being redone, whatever the blocking type', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'EagerHourly', 'PROCESSED', ['2015060103']);
      put(timetable, 'EagerDaily/2015060100', 'IN_PROGRESS', { redo: true });
      for (const hour of ['05', '07'])
        put(timetable, `EagerHourly/20150601${hour}`, 'IN_PROGRESS', { redo: true });
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), [
        'inputs-redone EagerHourly/2015060105',
        'inputs-redone EagerHourly/2015060107',
      ]);
    });

    it('stands beside the inputs that are merely open where those matter, too', () => {
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060103']);
      put(timetable, 'SiteDaily/2015060100', 'IN_PROGRESS', { redo: true });
      put(timetable, 'SiteHourly/2015060105', 'IN_PROGRESS', { redo: true });
      assert.deepEqual(brief(explain(timetable, 'SiteDaily/2015060100')), [
        'child SiteHourly/2015060103',
        'inputs-redone SiteHourly/2015060105',
      ]);
    });

    it('is a dependency as well as a child', () => {
      const timetable = casesTimetable({ ClientDaily: { blocking: 'normal' } });
      put(timetable, 'ClientDaily/2015060100', 'IN_PROGRESS', { redo: true });
      put(timetable, 'SiteDaily/2015060100', 'IN_PROGRESS', { redo: true });
      assert.deepEqual(brief(explain(timetable, 'ClientDaily/2015060100')), [
        'inputs-redone SiteDaily/2015060100',
      ]);
    });

    it('is no reason of a job that is not being redone itself', () => {
      const timetable = casesTimetable();
      put(timetable, 'SiteDaily/2015060100', 'IN_PROGRESS', { redo: true });
      assert.deepEqual(brief(explain(timetable, 'ClientDaily/2015060100')), [
        'dependency SiteDaily/2015060100',
      ]);
    });

    it('gives way to the end of the job once the fresh unit has finished', () => {
      const timetable = casesTimetable();
      put(timetable, 'EagerDaily/2015060100', 'IN_PROGRESS', { redo: true });
      charge(timetable, 'EagerDaily/2015060100', 'PROCESSED');
      putAll(timetable, 'EagerHourly', 'PROCESSED', ['2015060103']);
      assert.deepEqual(brief(explain(timetable, 'EagerDaily/2015060100')), ['child EagerHourly/2015060103']);
    });
  });

  describe('process-off', () => {
    it('is named beside whatever else is lacking', () => {
      const off: Partial<Circumstances> = { isOn: (name) => name !== 'SiteDaily' };
      const timetable = casesTimetable();
      putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060103']);
      assert.deepEqual(brief(explain(timetable, 'SiteDaily/2015060100', off)), [
        'process-off SiteDaily/2015060100',
        'child SiteHourly/2015060103',
      ]);
      put(timetable, 'SiteHourly/2015060103', 'PROCESSED');
      assert.deepEqual(brief(explain(timetable, 'SiteDaily/2015060100', off)), [
        'process-off SiteDaily/2015060100',
      ]);
      assert.deepEqual(brief(explain(timetable, 'ClientDaily/2015060100', off)), [
        'dependency SiteDaily/2015060100',
      ]);
    });

    it('does not matter to a unit at work, but to its retry', () => {
      const off: Partial<Circumstances> = { isOn: () => false };
      const timetable = casesTimetable();
      const seen = (): string[] => brief(explain(timetable, 'SiteHourly/2015060102', off));
      charge(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
      assert.deepEqual(seen(), ['running SiteHourly/2015060102']);
      charge(timetable, 'SiteHourly/2015060102', 'INVALID', { retryAt: 1 });
      assert.deepEqual(seen(), ['process-off SiteHourly/2015060102', 'retry SiteHourly/2015060102']);
    });
  });

  describe('of a unit of work', () => {
    const job = { processName: 'SiteHourly', timeperiod: '2015060102', state: 'IN_PROGRESS' } as const;
    const atWork = { ...job, standing: 'IN_PROGRESS' } as const;
    const failed = { ...job, standing: 'RETRYING' } as const;
    const name = 'SiteHourly/2015060102';
    const unit = { unit: `${name}#1` };
    const charged = (...args: [Parameters<typeof charge>[2], Parameters<typeof charge>[3]?]): Timetable => {
      const timetable = casesTimetable();
      put(timetable, name, 'IN_PROGRESS');
      charge(timetable, name, ...args);
      return timetable;
    };

    it('waiting-for-worker says since when', () => {
      assert.deepEqual(explain(charged('REQUESTED'), name), [
        { ...atWork, kind: 'waiting-for-worker', since: cases.now - MINUTE, detail: `${name}#1` },
      ]);
    });

    it('no-worker says since when, why, and what starts one', () => {
      const gap = { since: 5, text: 'it was switched off', command: 'synergy super start worker' };
      const without = (since: number | undefined) => ({
        workerGap: (of: string) => (of === job.processName ? { ...gap, since } : undefined),
      });
      const told = { ...atWork, kind: 'no-worker', detail: gap.text, command: gap.command };
      assert.deepEqual(explain(charged('REQUESTED'), name, without(5)), [{ ...told, since: 5 }]);
      assert.deepEqual(explain(charged('REQUESTED'), name, without(undefined)), [told]);
    });

    it('running says since when and, where that was read, who holds the lease until when', () => {
      const timetable = charged('IN_PROGRESS');
      assert.deepEqual(explain(timetable, name), [
        { ...atWork, kind: 'running', since: cases.now - MINUTE, detail: `${name}#1` },
      ]);
      const record = recordOf({ startedAt: 5, lease: { owner: 'box-1', expiresAt: 9 }, error: null });
      const uow = (id: string): UowRecord | undefined => (id === `${name}#1` ? record : undefined);
      assert.deepEqual(explain(timetable, name, { uow }), [
        { ...atWork, kind: 'running', since: 5, until: 9, detail: 'box-1' },
      ]);
    });

    it('retry says when, and after what', () => {
      const timetable = charged('INVALID', { retryAt: 42 });
      assert.deepEqual(explain(timetable, name), [{ ...failed, ...unit, kind: 'retry', until: 42 }]);
      const uow = (): UowRecord => recordOf({ error: 'exit code 3' });
      assert.deepEqual(explain(timetable, name, { uow }), [
        { ...failed, ...unit, kind: 'retry', until: 42, detail: 'exit code 3' },
      ]);
    });

    it('quarantined says why', () => {
      const uow = (): UowRecord => recordOf({ error: 'poison' });
      assert.deepEqual(explain(charged('INVALID'), name, { uow }), [
        { ...job, standing: 'QUARANTINED', ...unit, kind: 'quarantined', detail: 'poison' },
      ]);
    });

    it('is the only reason there is', () => {
      const timetable = casesTimetable();
      charge(timetable, 'SiteDaily/2015060100', 'REQUESTED');
      assert.deepEqual(brief(explain(timetable, 'SiteDaily/2015060100')), [
        'waiting-for-worker SiteDaily/2015060100',
      ]);
    });
  });

  describe('concurrency-full and waiting-for-trigger', () => {
    it('come when nothing else is in the way', () => {
      const timetable = casesTimetable({ SiteHourly: { concurrency: 2 } });
      const seen = (): readonly Blocker[] =>
        explain(timetable, 'SiteHourly/2015060102', { nextFire: () => 99 });
      charge(timetable, 'SiteHourly/2015060100', 'INVALID', { retryAt: 5 });
      charge(timetable, 'SiteHourly/2015053123', 'REQUESTED');
      const job = { processName: 'SiteHourly', state: 'EMBRYO', standing: 'EMBRYO' };
      assert.deepEqual(seen(), [
        { ...job, kind: 'waiting-for-trigger', timeperiod: '2015060102', until: 99 },
      ]);
      charge(timetable, 'SiteHourly/2015060101', 'IN_PROGRESS');
      assert.deepEqual(seen(), [
        { ...job, kind: 'concurrency-full', timeperiod: '2015053123', detail: 'SiteHourly/2015053123#1' },
      ]);
    });
  });

  describe('ordered-behind', () => {
    it('is the first earlier period that is not at work', () => {
      const timetable = casesTimetable({ SiteHourly: { ordered: true, concurrency: 3 } });
      const seen = (): string[] => brief(explain(timetable, 'SiteHourly/2015060100'));
      assert.deepEqual(seen(), ['ordered-behind SiteHourly/2015053122']);
      put(timetable, 'SiteHourly/2015053122', 'PROCESSED');
      assert.deepEqual(seen(), ['ordered-behind SiteHourly/2015053123']);
      charge(timetable, 'SiteHourly/2015053123', 'IN_PROGRESS');
      assert.deepEqual(seen(), ['waiting-for-trigger SiteHourly/2015060100']);
      charge(timetable, 'SiteHourly/2015053123', 'INVALID');
      assert.deepEqual(seen(), ['ordered-behind SiteHourly/2015053123']);
    });

    it('stands beside the other reasons, and does not hold up the end of a job', () => {
      const timetable = casesTimetable({ SiteHourly: { ordered: true } });
      assert.deepEqual(brief(explain(timetable, 'SiteHourly/2015060203')), [
        'period-open SiteHourly/2015060203',
        'ordered-behind SiteHourly/2015053122',
      ]);
      put(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
      charge(timetable, 'SiteHourly/2015060102', 'PROCESSED');
      assert.deepEqual(brief(explain(timetable, 'SiteHourly/2015060102')), [
        'waiting-for-trigger SiteHourly/2015060102',
      ]);
    });
  });

  it('are minimal: without any one of them the job is still held up, without all of them it is not', () => {
    const timetable = casesTimetable();
    const now = Date.UTC(2015, 6, 1, 1);
    putAll(timetable, 'SiteDaily', 'PROCESSED', ['2015060200']);
    putAll(timetable, 'ClientDaily', 'PROCESSED', ['2015060100', '2015060200']);
    const name = 'ClientMonthly/2015060000';
    const found = explain(timetable, name, { now });
    assert.deepEqual(brief(found), [
      'child ClientDaily/2015060100',
      'child ClientDaily/2015060200',
      'dependency SiteMonthly/2015060000',
    ]);
    for (const left of found) {
      for (const { processName, timeperiod } of found)
        put(timetable, `${processName}/${timeperiod}`, 'PROCESSED');
      put(timetable, `${left.processName}/${left.timeperiod}`, 'IN_PROGRESS');
      assert.deepEqual(brief(explain(timetable, name, { now })), brief([left]));
    }
    for (const { processName, timeperiod } of found)
      put(timetable, `${processName}/${timeperiod}`, 'PROCESSED');
    assert.deepEqual(brief(explain(timetable, name, { now })), [`waiting-for-trigger ${name}`]);
  });
});

describe('root blockers', () => {
  it('are what a person or time must mend, at the end of all chains, each once', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'SiteHourly', 'PROCESSED', ['2015060103', '2015060105']);
    charge(timetable, 'SiteHourly/2015060103', 'INVALID');
    charge(timetable, 'SiteHourly/2015060105', 'INVALID', { retryAt: cases.now + HOUR });
    assert.deepEqual(roots(timetable, 'ClientDaily/2015060100'), [
      'quarantined SiteHourly/2015060103',
      'retry SiteHourly/2015060105',
    ]);
    put(timetable, 'SiteDaily/2015060200', 'PROCESSED');
    put(timetable, 'ClientDaily/2015060200', 'PROCESSED');
    assert.deepEqual(roots(timetable, 'ClientMonthly/2015060000'), [
      'period-open ClientMonthly/2015060000',
      'period-open SiteMonthly/2015060000',
      'quarantined SiteHourly/2015060103',
      'retry SiteHourly/2015060105',
    ]);
  });

  it('lie behind full slots, order and inputs being redone, too', () => {
    const timetable = casesTimetable({ EagerHourly: { ordered: true } });
    charge(timetable, 'SiteHourly/2015060101', 'IN_PROGRESS');
    assert.deepEqual(roots(timetable, 'SiteHourly/2015060103'), ['running SiteHourly/2015060101']);
    charge(timetable, 'EagerHourly/2015053122', 'INVALID');
    assert.deepEqual(roots(timetable, 'EagerHourly/2015060103'), ['quarantined EagerHourly/2015053122']);
    put(timetable, 'EagerDaily/2015060100', 'IN_PROGRESS', { redo: true });
    put(timetable, 'EagerHourly/2015060107', 'IN_PROGRESS', { redo: true });
    charge(timetable, 'EagerHourly/2015060107', 'REQUESTED');
    assert.deepEqual(roots(timetable, 'EagerDaily/2015060100'), [
      'waiting-for-worker EagerHourly/2015060107',
    ]);
  });

  it('may be periods that do not exist yet', () => {
    const timetable = casesTimetable({
      ClientDaily: { dependsOn: [{ process: 'SiteDaily', mapping: { offset: 1 } }] },
    });
    const now = Date.UTC(2015, 5, 3, 1);
    assert.deepEqual(roots(timetable, 'ClientDaily/2015060200', { now }), ['future SiteDaily/2015060300']);
  });

  it('are at most as many as asked for', () => {
    const timetable = casesTimetable();
    const all = roots(timetable, 'SiteDaily/2015060200');
    assert.equal(all.length, 1 + 4);
    for (const limit of [0, 1, 3, 5]) {
      assert.deepEqual(roots(timetable, 'SiteDaily/2015060200', { limit }), all.slice(0, limit));
    }
    const off = { isOn: () => false };
    assert.equal(roots(timetable, 'SiteHourly/2015060203', off).length, 2, 'both of one job');
    assert.equal(roots(timetable, 'SiteHourly/2015060203', { ...off, limit: 1 }).length, 1);
  });

  it('are none of a finished job', () => {
    const timetable = casesTimetable();
    put(timetable, 'SiteDaily/2015060100', 'SKIPPED');
    assert.deepEqual(roots(timetable, 'SiteDaily/2015060100'), []);
  });
});
