import assert from 'node:assert/strict';
import fc from 'fast-check';
import { countStandings, standings } from '../../../domain/timetable/standing.ts';
import type { StandingCounts } from '../../../domain/timetable/standing.ts';
import { countBar } from '../../../mx/present/count-bar.ts';

const none = countStandings(() => 0);
const counts = fc.record(
  Object.fromEntries(standings.map((standing) => [standing, fc.oneof(fc.nat(3), fc.nat(100_000))])),
) as fc.Arbitrary<StandingCounts>;

describe('countBar', () => {
  it('says that there is nothing', () => {
    assert.deepEqual(countBar(none), {
      parts: [],
      total: '0',
      jobs: '0 jobs',
      percent: 0,
      failing: undefined,
      text: 'no jobs yet',
    });
  });

  it('fills from the left with what is finished, and says the same in words', () => {
    const { parts, percent, failing, text } = countBar({ ...none, PROCESSED: 90, EMBRYO: 10 });
    assert.deepEqual(
      parts.map(({ glyph, x, width }) => [glyph, x, width]),
      [
        ['processed', 0, 90],
        ['embryo', 90, 10],
      ],
    );
    assert.deepEqual([percent, failing], [90, undefined]);
    assert.equal(text, '100 jobs: 90 processed, 10 embryo');
  });

  it('begins with what fails, the worst first, and counts it', () => {
    const { parts, percent, failing, text } = countBar({
      ...none,
      PROCESSED: 5,
      IN_PROGRESS: 5,
      RETRYING: 178,
      QUARANTINED: 12,
    });
    assert.deepEqual(
      parts.map(({ glyph, count }) => [glyph, count]),
      [
        ['quarantined', '12'],
        ['invalid', '178'],
        ['processed', '5'],
        ['in-progress', '5'],
      ],
    );
    assert.deepEqual([percent, failing], [2, { glyph: 'quarantined', text: '190 failing' }]);
    assert.equal(text, '200 jobs: 12 quarantined, 178 retrying, 5 processed, 5 in progress');
    assert.equal(countBar({ ...none, RETRYING: 1 }).failing?.glyph, 'invalid');
  });

  it('shows one job among a hundred thousand, and does not call it all', () => {
    const { parts, percent } = countBar({ ...none, PROCESSED: 99_999, IN_PROGRESS: 1 }, 2);
    assert.equal(parts[1]?.width, 2);
    assert.equal(percent, 99);
  });

  it('never draws a part as more than it is for the sake of the small ones beside it', () => {
    const { parts } = countBar({ ...none, PROCESSED: 22, NOOP: 1, SKIPPED: 1, FINAL_RUN: 1, EMBRYO: 75 }, 5);
    const finished = parts.find(({ glyph }) => glyph === 'processed');
    assert.ok(Math.abs((finished?.width ?? 0) - (22 * 85) / 97) < 1e-9, `${finished?.width} for 22`);
    fc.assert(
      fc.property(counts, (some) => {
        const total = standings.reduce((sum, standing) => sum + some[standing], 0);
        const shown = standings.filter((standing) => some[standing] > 0);
        const wide = countBar(some, 3).parts;
        for (const { count, width } of wide) {
          const share = (100 * Number(count.replaceAll(',', ''))) / total;
          assert.ok(width <= Math.max(3, share) + 1e-6, `${width} for ${share}`);
          assert.ok(width >= share * (1 - (3 * shown.length) / 100) - 1e-6, `${width} for ${share}`);
        }
      }),
    );
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
