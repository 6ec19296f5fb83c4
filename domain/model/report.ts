import type { UowEvent } from '../machine/uow-machine.ts';
import type { UowRecord } from './record.ts';

/** A worker's answer, fenced by (attempt, token). */
export interface Report {
  readonly id: string;
  readonly attempt: number;
  readonly token: string;
  /** With `repost` the unit is given back: REQUESTED, and to be rung for by who gives it back. */
  readonly event: Extract<UowEvent, 'complete' | 'empty' | 'fail' | 'cancel' | 'repost'>;
  readonly processed: number;
  readonly aggregated: number;
  readonly error: string | null;
  /** With `fail`: when the collector may repost; null when it must not. */
  readonly retryAt: number | null;
  /** Crashes in a row, this one included; none when absent. */
  readonly crashes?: number;
  /** With `repost` and `fail`: the unit's new `released`, when this attempt does not count. */
  readonly released?: UowRecord['released'];
}
