import type { Blocker, BlockerKind } from '../../domain/timetable/blocker.ts';
import { jobChip } from './job-chip.ts';
import type { Qualifiers } from './job-chip.ts';
import { unitPath } from './link.ts';
import { standingLook } from './state-look.ts';
import { distanceText } from './time-text.ts';

/** What the words need to know of time and names. */
export interface BlockerSetting {
  readonly now: number;
  readonly timetableNow: number;
  readonly qualifiers: Qualifiers;
}

const words: Readonly<Record<BlockerKind, string>> = {
  'covering-job': 'is covered by the job of',
  child: 'needs its part',
  dependency: 'needs',
  'period-open': 'period is still open',
  'start-lag': 'start lag after the period',
  'source-open': 'the source may still bring rows',
  'process-off': 'process is switched off',
  'concurrency-full': 'all slots are taken, behind',
  'ordered-behind': 'keeps its order behind',
  'inputs-redone': 'an input is being redone',
  'waiting-for-trigger': 'looked at with the next trigger',
  retry: 'failed, will be tried again',
  quarantined: 'quarantined, waits for a person',
  'waiting-for-worker': 'waits for a worker',
  'no-worker': 'no worker runs it,',
  running: 'is running',
  future: 'lies in the future',
};

/** Ends or began in real time; all others are told by the clock of the timetable. */
const real: ReadonlySet<BlockerKind> = new Set([
  'retry',
  'quarantined',
  'waiting-for-worker',
  'no-worker',
  'running',
]);
const urgent: ReadonlySet<BlockerKind> = new Set(['process-off', 'quarantined', 'retry', 'no-worker']);

/** One reason in words: what it is, of which job, until or since when, and the detail (error, worker). */
export const blockerLine = (blocker: Blocker, { now, timetableNow, qualifiers }: BlockerSetting) => {
  // A running unit also tells the end of its lease, which a person need not know.
  const moment = blocker.kind === 'running' ? blocker.since : (blocker.until ?? blocker.since);
  return {
    words: words[blocker.kind],
    chip: jobChip(blocker, standingLook(blocker.standing), qualifiers),
    when:
      moment === undefined ? undefined : distanceText(moment, real.has(blocker.kind) ? now : timetableNow),
    detail: blocker.detail,
    /** What a person types to end it. */
    command: blocker.command,
    /** Path of the failed unit, where it can be released or canceled. */
    unit: blocker.unit === undefined ? undefined : unitPath(blocker.unit),
    /** A person has to act: it does not end by itself. */
    urgent: urgent.has(blocker.kind),
  };
};
export type BlockerLine = ReturnType<typeof blockerLine>;
