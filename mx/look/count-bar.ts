import type { JobState } from '../../domain/machine/job-machine.ts';
import type { StateCounts } from '../../scheduler/api.ts';
import { countOf, countText } from './number-text.ts';
import { jobLook } from './state-look.ts';

/** Finished first, so that a bar fills from the left like any progress bar. */
const order: readonly JobState[] = ['PROCESSED', 'NOOP', 'SKIPPED', 'FINAL_RUN', 'IN_PROGRESS', 'EMBRYO'];

/** One stretch of a stacked bar, `x` and `width` out of 100. */
export interface BarPart {
  readonly glyph: string;
  readonly label: string;
  readonly count: string;
  readonly x: number;
  readonly width: number;
}

/** A stacked bar over job states, with the sentence that says the same. */
export interface CountBar {
  readonly parts: readonly BarPart[];
  readonly total: string;
  /** `1 job`, `12,345 jobs`. */
  readonly jobs: string;
  /** Share of finished jobs, whole percent, never 100 before all are. */
  readonly percent: number;
  readonly text: string;
}

const widths = (counts: readonly number[], total: number, narrowest: number): number[] => {
  const raised = counts.map((count) => Math.max(narrowest, (100 * count) / total));
  const excess = raised.reduce((sum, width) => sum + width, 0) - 100;
  const largest = raised.indexOf(Math.max(...raised));
  return raised.map((width, index) => (index === largest ? width - excess : width));
};

/**
 * Lays counts out as a bar. No stretch is narrower than `narrowest` (of 100): one bad hour in a year stays
 * visible, where its true width would be a seventh of a pixel.
 */
export const countBar = (counts: StateCounts, narrowest = 1.5): CountBar => {
  const present = order.filter((state) => counts[state] > 0);
  const total = present.reduce((sum, state) => sum + counts[state], 0);
  const wide = widths(
    present.map((state) => counts[state]),
    total,
    narrowest,
  );
  const parts = present.map((state, index) => ({
    ...jobLook(state),
    count: countText(counts[state]),
    x: wide.slice(0, index).reduce((sum, width) => sum + width, 0),
    width: wide[index] ?? 0,
  }));
  const finished = counts.PROCESSED + counts.NOOP + counts.SKIPPED;
  return {
    parts,
    total: countText(total),
    jobs: countOf(total, 'job'),
    percent: total === 0 ? 0 : Math.floor((100 * finished) / total),
    text:
      total === 0
        ? 'no jobs yet'
        : `${countOf(total, 'job')}: ${parts.map(({ count, label }) => `${count} ${label.toLowerCase()}`).join(', ')}`,
  };
};
