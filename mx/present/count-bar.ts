import { failingOf, standingOrder, worstFailure } from '../../domain/timetable/standing.ts';
import type { StandingCounts } from '../../domain/timetable/standing.ts';
import { countOf, countText } from './number-text.ts';
import { standingLook } from './state-look.ts';

/**
 * Widths in proportion to `counts`, in sum 100. What would be narrower than `narrowest` is as wide as that, and all
 * others give way in proportion, so that none of them seems to be more than it is.
 */
const widths = (counts: readonly number[], narrowest: number): number[] => {
  const raised = new Set<number>();
  for (;;) {
    const rest = counts.reduce((sum, count, index) => (raised.has(index) ? sum : sum + count), 0);
    const scale = (100 - raised.size * narrowest) / rest;
    const narrow = counts.findIndex((count, index) => !raised.has(index) && count * scale < narrowest);
    if (narrow === -1) return counts.map((count, index) => (raised.has(index) ? narrowest : count * scale));
    raised.add(narrow);
  }
};

/** Jobs that have failed, with the look of the worst of them; undefined when there are none. */
const failingIn = (counts: StandingCounts) => {
  const worst = worstFailure(counts);
  return worst && { glyph: standingLook(worst).glyph, text: `${countText(failingOf(counts))} failing` };
};

/**
 * A stacked bar over job standings, with the sentence that says the same. The `x` and `width` of its parts are out of
 * 100. No stretch is narrower than `narrowest` (of 100, at most 12): one bad hour in a year
 * stays visible, where its true width would be a seventh of a pixel.
 */
export const countBar = (counts: StandingCounts, narrowest = 1) => {
  const present = standingOrder.filter((standing) => counts[standing] > 0);
  const total = present.reduce((sum, standing) => sum + counts[standing], 0);
  const wide = widths(
    present.map((standing) => counts[standing]),
    narrowest,
  );
  const parts = present.map((standing, index) => ({
    ...standingLook(standing),
    count: countText(counts[standing]),
    x: wide.slice(0, index).reduce((sum, width) => sum + width, 0),
    width: wide[index] ?? 0,
  }));
  const finished = counts.PROCESSED + counts.NOOP + counts.SKIPPED;
  return {
    parts,
    total: countText(total),
    /** `1 job`, `12,345 jobs`. */
    jobs: countOf(total, 'job'),
    /** Share of finished jobs, whole percent, never 100 before all are. */
    percent: total === 0 ? 0 : Math.floor((100 * finished) / total),
    failing: failingIn(counts),
    text:
      total === 0
        ? 'no jobs yet'
        : `${countOf(total, 'job')}: ${parts.map(({ count, label }) => `${count} ${label.toLowerCase()}`).join(', ')}`,
  };
};
