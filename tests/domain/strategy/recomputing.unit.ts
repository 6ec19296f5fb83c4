import assert from 'node:assert/strict';
import { recomputing } from '../../../domain/strategy/recomputing.ts';
import type { SourceExtent } from '../../../domain/strategy/decision.ts';
import { brief, concluded, facts, idle, itDecides, refused } from './facts.ts';

const rows = { lowest: 11, highest: 42 };
const ask = { none: 'ask-source', PROCESSED: 'ask-source', NOOP: 'ask-source', CANCELED: 'ask-source' };
const waiting = { REQUESTED: 'ask-source', INVALID: 'ask-source' };
const refreshed = { REQUESTED: 'refresh', INVALID: 'refresh' };

describe('recomputing', () => {
  describe('before the source was asked', () => {
    itDecides(recomputing, [
      {
        given: 'period over, everything it needs finished, tick',
        facts: {},
        then: {
          EMBRYO: { ...ask, ...waiting },
          IN_PROGRESS: { ...ask, ...waiting },
          FINAL_RUN: { ...concluded, ...waiting },
        },
      },
      {
        given: 'period over, everything it needs finished, event',
        facts: { occasion: 'event' },
        then: { EMBRYO: ask, IN_PROGRESS: ask, FINAL_RUN: concluded },
      },
      {
        given: 'period current, event',
        facts: { periodOver: false, occasion: 'event' },
        then: { EMBRYO: ask, IN_PROGRESS: { none: 'ask-source' }, FINAL_RUN: concluded },
      },
      {
        given: 'it may not run',
        facts: { mayRun: 'no' },
        then: { EMBRYO: waiting, IN_PROGRESS: waiting, FINAL_RUN: { ...concluded, ...waiting } },
      },
      { given: 'the period lies in the future', facts: { future: true }, then: refused },
    ]);
  });

  describe('with rows in the source', () => {
    itDecides(recomputing, [
      {
        given: 'period over, source complete',
        facts: {},
        extent: { ...rows, complete: true },
        then: {
          EMBRYO: { ...idle('publish finalize'), ...refreshed },
          IN_PROGRESS: { ...idle('publish finalize'), ...refreshed },
          FINAL_RUN: { ...concluded, ...refreshed },
        },
      },
      {
        given: 'period over, more rows to come',
        facts: {},
        extent: { ...rows, complete: false },
        then: {
          EMBRYO: { ...idle('publish start'), ...refreshed },
          IN_PROGRESS: { ...idle('publish rerun'), ...refreshed },
          FINAL_RUN: { ...concluded, ...refreshed },
        },
      },
      {
        given: 'period over, more rows to come, event',
        facts: { occasion: 'event' },
        extent: { ...rows, complete: false },
        then: {
          EMBRYO: idle('publish start'),
          IN_PROGRESS: idle('publish rerun', 'wait'),
          FINAL_RUN: concluded,
        },
      },
      {
        given: 'a dependency was skipped',
        facts: { mayRun: 'skip', occasion: 'event' },
        extent: { ...rows, complete: true },
        then: { EMBRYO: idle('finish skip'), IN_PROGRESS: idle('finish skip'), FINAL_RUN: concluded },
      },
    ]);

    it('publishes the closed range from the lowest to the highest row', () => {
      const decision = recomputing(facts(), { ...rows, complete: true });
      assert.deepEqual(decision, { do: 'publish', event: 'finalize', range: { startId: 11, endId: 42 } });
    });

    it('widens a unit that no worker holds only when rows have come', () => {
      const held = facts({ state: 'IN_PROGRESS', uow: 'INVALID', periodOver: false });
      const extent = { ...rows, complete: false };
      assert.deepEqual(recomputing({ ...held, endId: 41 }, extent), { do: 'refresh', endId: 42 });
      assert.deepEqual(recomputing({ ...held, endId: 42 }, extent), { do: 'wait', for: ['unit'] });
      assert.deepEqual(recomputing({ ...held, endId: 42 }, { complete: false }), {
        do: 'wait',
        for: ['unit'],
      });
    });
  });

  describe('with an empty source', () => {
    const decide = (given: Parameters<typeof facts>[0], extent: SourceExtent): string =>
      brief(recomputing(facts(given), extent));
    const over = { complete: true };

    it('ends the period at once where the entry says noop', () => {
      assert.equal(decide({ emptySource: 'noop' }, over), 'finish empty');
      assert.equal(decide({ emptySource: 'noop', occasion: 'event' }, over), 'finish empty');
    });

    it('counts three looks, each on a tick, and skips the job at the fourth', () => {
      for (const failures of [0, 1, 2]) {
        assert.equal(decide({ failures }, over), 'count-failure');
        assert.equal(decide({ failures, occasion: 'event' }, over), 'wait');
      }
      assert.equal(decide({ failures: 3 }, over), 'finish skip');
    });

    it('waits, counting nothing, while rows may still come', () => {
      for (const emptySource of ['noop', 'skip'] as const) {
        assert.equal(decide({ emptySource, failures: 3 }, { complete: false }), 'wait');
        assert.equal(decide({ emptySource, failures: 3, periodOver: false }, over), 'wait');
      }
    });

    it('says that it waits for the source of a period that is over, but not for that of its final run', () => {
      const open = { complete: false };
      const given = { occasion: 'event', mayRun: 'no' } as const;
      assert.deepEqual(recomputing(facts(given), open), { do: 'wait', for: ['source', 'inputs-to-run'] });
      assert.deepEqual(recomputing(facts({ occasion: 'event' }), open), { do: 'wait', for: ['source'] });
      assert.deepEqual(recomputing(facts({ occasion: 'event', periodOver: false }), open), {
        do: 'wait',
        for: [],
      });
      assert.deepEqual(recomputing(facts({ ...given, state: 'FINAL_RUN' }), open), { do: 'wait', for: [] });
    });

    it('never ends before its children and dependencies', () => {
      assert.equal(decide({ finalizable: false, emptySource: 'noop' }, over), 'wait');
      assert.equal(decide({ finalizable: false, failures: 3 }, over), 'wait');
    });

    it('ends a job that is redone and has lost its rows, too', () => {
      assert.equal(decide({ state: 'IN_PROGRESS', emptySource: 'noop' }, over), 'finish empty');
    });

    it('takes an extent with one end only for an empty one', () => {
      assert.equal(decide({ emptySource: 'noop' }, { lowest: 1, complete: true }), 'finish empty');
      assert.equal(decide({ emptySource: 'noop' }, { highest: 1, complete: true }), 'finish empty');
    });
  });
});
