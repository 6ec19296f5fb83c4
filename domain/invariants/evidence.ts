import type { ProcessContext } from '../model/process.ts';
import type { Groupings } from '../timetable/timetable.ts';

/**
 * What is going on while the ledger is read. `at-work`: others write. `stopped`: nothing writes; work may be unfinished.
 * `done`: nothing writes, and all work is said to have ended.
 */
export type Situation = 'at-work' | 'stopped' | 'done';

/** An attempt that was seen to run at an instant, ms. */
export interface Sighting {
  readonly id: string;
  readonly attempt: number;
  readonly at: number;
}

/** A child process that runs an attempt. */
export interface LiveProcess {
  readonly pid: number;
  readonly id: string;
  readonly attempt: number;
}

/** What a worker was answered to a report. */
export interface AnsweredVerdict {
  readonly id: string;
  readonly attempt: number;
  readonly verdict: 'applied' | 'rejected';
}

/** Bounds that the settings give; milliseconds where they are times. */
export interface CheckLimits {
  readonly maxCrashes: number;
  /** A unit that waits for a worker is rung again after so long. */
  readonly resubmitAfter: number;
  /** What is due moves within so long. */
  readonly recovery: number;
  /** A run whose lease is lost ends within so long. */
  readonly killGrace: number;
}

/** What the ledger is judged by, beside the store. What is absent is not judged, and the ledger says so. */
export interface Evidence {
  readonly situation: Situation;
  /** Instant of the check, ms, by the clock of the leases. */
  readonly now: number;
  readonly limits?: CheckLimits;
  readonly context?: ProcessContext;
  /** How processes were grouped over time, as the store remembers it. */
  readonly groupings?: Groupings;
  /** First instant and present time of the timetable, ms. */
  readonly timetable?: { readonly start: number; readonly now: number };
  /** Instant, ms, since which a scheduler has been at work undisturbed. */
  readonly movingSince?: number;
  /** Changes that were acknowledged to a user. */
  readonly acknowledged?: readonly { readonly entity: string; readonly version: number }[];
  readonly verdicts?: readonly AnsweredVerdict[];
  readonly sightings?: readonly Sighting[];
  readonly processes?: readonly LiveProcess[];
  /** Texts that must appear nowhere. */
  readonly canaries?: readonly string[];
}
