import assert from 'node:assert/strict';

import type { JobFacts } from '../../../domain/strategy/decision.ts';
import type { Qualifier } from '../../../domain/time/qualifier.ts';
import { dueTimes, factsOf } from '../../../domain/timetable/readiness.ts';
import type { Look } from '../../../domain/timetable/readiness.ts';
import { buildTimetable } from '../../../domain/timetable/timetable.ts';
import type { Timetable } from '../../../domain/timetable/timetable.ts';
import { cases, contextOf, managed } from '../../support/context.ts';
import type { Extra } from '../../support/context.ts';
import { at, casesTimetable, charge, put, putAll } from '../../support/timetable.ts';

const facts = (timetable: Timetable, name: string, look: Partial<Look> = {}): JobFacts =>
  factsOf(timetable, at(timetable, name), { now: cases.now, occasion: 'event', ...look });

/** `Up` is a day over the hours of `Low`, and waits for both `In` and `Side` of the same day. */
const family = (up: Extra = {}, inputs: Qualifier = 'daily'): Timetable =>
  buildTimetable(
    contextOf({
      inputs: { processes: [managed('In', inputs)] },
      sides: { processes: [managed('Side', 'daily')] },
      home: {
        processes: [managed('Up', 'daily', { dependsOn: ['In', 'Side'], ...up }), managed('Low', 'hourly')],
      },
    }),
    { start: Date.UTC(2015, 5, 1, 22), now: Date.UTC(2015, 5, 2) },
  );

const DAY = '2015060100';

describe('readiness', () => {
  it('knows when a period begins, ends and is due', () => {
    const timetable = casesTimetable({ SiteMonthly: { startLag: '1h' } });
    const [hour, month] = [Date.UTC(2015, 5, 1, 2), Date.UTC(2015, 5, 1)];
    assert.deepEqual(dueTimes(at(timetable, 'SiteHourly/2015060102')), {
      start: hour,
      end: hour + 3_600_000,
      due: hour + 3_600_000 + 300_000,
    });
    assert.deepEqual(dueTimes(at(timetable, 'SiteMonthly/2015060000')), {
      start: month,
      end: Date.UTC(2015, 6, 1),
      due: Date.UTC(2015, 6, 1, 1),
    });
  });

  describe('facts', () => {
    it('are those of a fresh job', () => {
      assert.deepEqual(facts(casesTimetable(), 'SiteHourly/2015060102'), {
        state: 'EMBRYO',
        uow: undefined,
        endId: undefined,
        failures: 0,
        emptySource: 'skip',
        future: false,
        periodOver: true,
        lagOver: true,
        finalizable: true,
        mayRun: 'yes',
        occasion: 'event',
      });
    });

    it('are those of a job with a past', () => {
      const timetable = casesTimetable({ SiteHourly: { emptySource: 'noop' } });
      put(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
      charge(timetable, 'SiteHourly/2015060102', 'INVALID', { endId: 77 });
      const { level, index } = at(timetable, 'SiteHourly/2015060102');
      level.failures.set(index, 2);
      const { state, uow, endId, failures, emptySource, occasion } = facts(
        timetable,
        'SiteHourly/2015060102',
        {
          occasion: 'tick',
        },
      );
      assert.deepEqual(
        { state, uow, endId, failures, emptySource, occasion },
        {
          state: 'IN_PROGRESS',
          uow: 'INVALID',
          endId: 77,
          failures: 2,
          emptySource: 'noop',
          occasion: 'tick',
        },
      );
    });

    it('believe the news of a unit of work over what the timetable has', () => {
      const timetable = casesTimetable();
      charge(timetable, 'SiteHourly/2015060102', 'IN_PROGRESS');
      assert.equal(facts(timetable, 'SiteHourly/2015060102', { uow: 'PROCESSED' }).uow, 'PROCESSED');
    });

    it('tell future, open, ended and due periods apart, to the millisecond', () => {
      const timetable = casesTimetable();
      const end = Date.UTC(2015, 5, 1, 3);
      const seen = (now: number): boolean[] => {
        const { future, periodOver, lagOver } = facts(timetable, 'SiteHourly/2015060102', { now });
        return [future, periodOver, lagOver];
      };
      assert.deepEqual(seen(end - 3_600_001), [true, false, false]);
      assert.deepEqual(seen(end - 3_600_000), [false, false, false]);
      assert.deepEqual(seen(end - 1), [false, false, false]);
      assert.deepEqual(seen(end), [false, true, false]);
      assert.deepEqual(seen(end + 299_999), [false, true, false]);
      assert.deepEqual(seen(end + 300_000), [false, true, true]);
    });
  });

  describe('finalizable', () => {
    it('is a job whose children and dependencies are finished, SKIPPED ones too', () => {
      const timetable = family();
      const seen = (): boolean => facts(timetable, `Up/${DAY}`).finalizable;
      assert.equal(seen(), false);
      put(timetable, `In/${DAY}`, 'PROCESSED');
      put(timetable, `Side/${DAY}`, 'SKIPPED');
      put(timetable, 'Low/2015060122', 'NOOP');
      assert.equal(seen(), false);
      put(timetable, 'Low/2015060123', 'SKIPPED');
      assert.equal(seen(), true);
      put(timetable, `Side/${DAY}`, 'IN_PROGRESS');
      assert.equal(seen(), false);
    });

    it('is no finished job', () => {
      const timetable = casesTimetable();
      put(timetable, 'SiteHourly/2015060102', 'PROCESSED');
      assert.equal(facts(timetable, 'SiteHourly/2015060102').finalizable, false);
    });
  });

  describe('permission', () => {
    const permission = (timetable: Timetable): JobFacts['mayRun'] => facts(timetable, `Up/${DAY}`).mayRun;
    const finish = (timetable: Timetable, ...names: string[]): void => {
      for (const name of names) put(timetable, name, 'PROCESSED');
    };
    const children = ['Low/2015060122', 'Low/2015060123'];

    it('is given to `normal` at once', () => {
      assert.equal(permission(family({ blocking: 'normal' })), 'yes');
    });

    it('is given to `dependencies` when all of them are PROCESSED or NOOP, whatever its children do', () => {
      const timetable = family({ blocking: 'dependencies' });
      finish(timetable, `In/${DAY}`, ...children);
      assert.equal(permission(timetable), 'no');
      put(timetable, 'Low/2015060123', 'IN_PROGRESS');
      put(timetable, `Side/${DAY}`, 'NOOP');
      assert.equal(permission(timetable), 'yes');
    });

    it('turns to skip for `dependencies` with a SKIPPED one, though others are open', () => {
      const timetable = family({ blocking: 'dependencies' });
      put(timetable, `In/${DAY}`, 'SKIPPED');
      assert.equal(permission(timetable), 'skip');
    });

    it('is given to `dependencies` with enough of them, and turns to skip when there can never be enough', () => {
      const hours = { process: 'In', mapping: 'contained', atLeast: 1 } as const;
      const timetable = family({ blocking: 'dependencies', dependsOn: [hours] }, 'hourly');
      put(timetable, 'In/2015060122', 'SKIPPED');
      assert.equal(permission(timetable), 'no');
      finish(timetable, 'In/2015060123');
      assert.equal(permission(timetable), 'yes');
      put(timetable, 'In/2015060123', 'SKIPPED');
      assert.equal(permission(timetable), 'skip');
    });

    it('is given to `children` only when the job is finalizable', () => {
      const timetable = family({ blocking: 'children' });
      finish(timetable, ...children, `In/${DAY}`);
      assert.equal(permission(timetable), 'no');
      put(timetable, `Side/${DAY}`, 'SKIPPED');
      assert.equal(permission(timetable), 'yes');
    });

    for (const blocking of ['normal', 'dependencies', 'children'] as const) {
      it(`is held back from a job being redone, \`${blocking}\` as it is, until the inputs being redone have finished`, () => {
        for (const input of [`In/${DAY}`, `Side/${DAY}`, 'Low/2015060123']) {
          const timetable = family({ blocking });
          finish(timetable, `In/${DAY}`, `Side/${DAY}`, ...children);
          put(timetable, `Up/${DAY}`, 'IN_PROGRESS', { redo: true });
          put(timetable, input, 'IN_PROGRESS', { redo: true });
          assert.equal(permission(timetable), 'no', input);
          finish(timetable, input);
          assert.equal(permission(timetable), 'yes', input);
        }
      });
    }

    it('is not held back by inputs that are merely open, nor from a job that is not being redone', () => {
      const timetable = family();
      put(timetable, `Up/${DAY}`, 'IN_PROGRESS', { redo: true });
      assert.equal(permission(timetable), 'yes');
      put(timetable, `In/${DAY}`, 'IN_PROGRESS', { redo: true });
      put(timetable, `Up/${DAY}`, 'IN_PROGRESS');
      assert.equal(permission(timetable), 'yes');
    });

    it('is not taken back from a fresh unit of work that is on its way', () => {
      const timetable = family();
      put(timetable, `Up/${DAY}`, 'IN_PROGRESS', { redo: true });
      put(timetable, `In/${DAY}`, 'IN_PROGRESS', { redo: true });
      charge(timetable, `Up/${DAY}`, 'REQUESTED');
      assert.equal(permission(timetable), 'yes');
      charge(timetable, `Up/${DAY}`, 'PROCESSED');
      assert.equal(permission(timetable), 'no');
    });

    it('is held back by enough of an at-least dependency while one more of it is being redone', () => {
      const any = { process: 'In', mapping: { offset: [0, 1] }, atLeast: 1 } as const;
      const timetable = family({ blocking: 'dependencies', dependsOn: [any] });
      finish(timetable, `In/${DAY}`);
      put(timetable, `Up/${DAY}`, 'IN_PROGRESS', { redo: true });
      assert.equal(permission(timetable), 'yes');
      put(timetable, 'In/2015060200', 'IN_PROGRESS', { redo: true });
      assert.equal(permission(timetable), 'no');
    });
  });

  it('asks nothing of a process without children and dependencies', () => {
    const timetable = casesTimetable();
    putAll(timetable, 'StreamHourly', 'IN_PROGRESS');
    const { mayRun, finalizable } = facts(timetable, 'StreamHourly/2015060102');
    assert.deepEqual([mayRun, finalizable], ['yes', true]);
  });
});
