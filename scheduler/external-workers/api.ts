import type { HandlerUow } from '../../domain/model/handler-uow.ts';
import type { Held } from '../../db/store.ts';
import type { LogRecord } from '../../domain/model/record.ts';
import type { Report } from '../../domain/model/report.ts';

/** A unit of work as it is handed to the worker that claimed it. */
export interface WorkOrder extends HandlerUow {
  /** Fresh with every attempt: shows who holds the unit, and is the idempotency key of side effects. */
  readonly token: string;
  /** Of W3C Trace Context, for what the run calls; absent where no traces are sent. */
  readonly traceparent?: string;
}

/** What a worker must know of its process before it begins. */
export interface WorkerTerms {
  readonly processName: string;
  /** Queue that is rung with the ids of its units. */
  readonly queue: string;
  /** A claim or a heartbeat holds a unit for so long. Milliseconds. */
  readonly lease: number;
}

/** Wish for units, as soon as there are any. */
export interface WorkRequest {
  readonly processName: string;
  readonly owner: string;
  readonly max: number;
  /** Milliseconds to wait for the first. */
  readonly wait: number;
}

/** Shows that the caller holds a unit. */
export type Fence = Pick<Report, 'id' | 'attempt' | 'token'>;

/** A captured line; `line` numbers count from 1 within an attempt, so that one sent twice is kept once. */
export interface WorkerLine extends Pick<LogRecord, 'stream' | 'line'> {
  readonly sequence: number;
}

/** How a worker's run ended. */
export interface WorkerResult extends Fence {
  readonly owner: string;
  readonly outcome: 'processed' | 'noop' | 'cancel' | 'invalid';
  readonly processed: number;
  readonly aggregated: number;
  /** Why, with `cancel` and `invalid`; its first line is kept. */
  readonly error: string;
}

/** `rejected`: the unit is no longer this worker's; nothing changed. */
export type Verdict = 'applied' | 'rejected';

/** `capped`: the attempt has as much output as is kept; what of these lines was beyond it was dropped. */
export type LogVerdict = Verdict | 'capped';

/**
 * What workers of other languages do with units of `external` processes. An owner (`box/name`) is one running worker.
 * Everything may be sent again when its answer was lost.
 */
export interface WorkerApi {
  /** Throws NOT_FOUND, INVALID_ARGUMENT for a process that is not external. */
  terms(processName: string): WorkerTerms;
  /** The units won, in order; one that is not among them is another worker's or done with. Throws INVALID_ARGUMENT. */
  claim(owner: string, ids: readonly string[]): Promise<readonly WorkOrder[]>;
  /** Takes from the queue of the process and claims; with none when there were none in time or the worker is gone. */
  take(wish: WorkRequest): Promise<readonly WorkOrder[]>;
  /**
   * Prolongs the leases of the units whose tokens are shown and returns their ids: of the others the run is to be broken
   * off. No worker speaks for a unit without its token: one that was claimed by a call whose answer was lost comes back when
   * its lease ends.
   */
  heartbeat(owner: string, held: readonly Held[]): Promise<readonly string[]>;
  log(fence: Fence, lines: readonly WorkerLine[]): Promise<LogVerdict>;
  progress(fence: Fence, progress: { done: number; total: number }): Promise<Verdict>;
  complete(result: WorkerResult): Promise<Verdict>;
}
