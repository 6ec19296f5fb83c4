import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jobStates } from '../../../domain/machine/job-machine.ts';
import { countBar } from '../../../mx/look/count-bar.ts';
import type { StateCounts } from '../../../scheduler/api.ts';

const none: StateCounts = { EMBRYO: 0, IN_PROGRESS: 0, FINAL_RUN: 0, PROCESSED: 0, SKIPPED: 0, NOOP: 0 };
const counts = fc.record(
  Object.fromEntries(jobStates.map((state) => [state, fc.nat(100_000)])),
) as fc.Arbitrary<StateCounts>;

describe('countBar', () => {
  it('says that there is nothing', () => {
    assert.deepEqual(countBar(none), {
      parts: [],
      total: '0',
      jobs: '0 jobs',
      percent: 0,
      text: 'no jobs yet',
    });
  });

  it('fills from the left with what is finished, and says the same in words', () => {
    const { parts, percent, text } = countBar({ ...none, PROCESSED: 90, EMBRYO: 10 });
    assert.deepEqual(
      parts.map(({ glyph, x, width }) => [glyph, x, width]),
      [
        ['processed', 0, 90],
        ['embryo', 90, 10],
      ],
    );
    assert.equal(percent, 90);
    assert.equal(text, '100 jobs: 90 processed, 10 embryo');
  });

  it('shows one job among a hundred thousand, and does not call it all', () => {
    const { parts, percent } = countBar({ ...none, PROCESSED: 99_999, IN_PROGRESS: 1 }, 2);
    assert.equal(parts[1]?.width, 2);
    assert.equal(percent, 99);
  });

  it('always covers the whole bar once, without gaps', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(0, 1.5, 5), (some, narrowest) => {
        const { parts } = countBar(some, narrowest);
        let at = 0;
        for (const { x, width } of parts) {
          assert.ok(Math.abs(x - at) < 1e-6);
          assert.ok(width >= narrowest - 1e-6);
          at += width;
        }
        assert.ok(parts.length === 0 || Math.abs(at - 100) < 1e-6);
      }),
    );
  });
});
