import type { Logger } from '../../domain/logger.ts';
import { startTimer } from '../../lib/os/timer.ts';
import type { Renewal } from './heartbeat.ts';
import type { LeaseBoard, SentRound } from './lease-board.ts';
import type { AbortReason, UowRun } from '../run-uow.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';
import type { WorkerTimings } from '../timings.ts';

/** The units that run in this host and can be aborted. */
export interface RunningUows {
  /**
   * Until it ends. `claim`: when it was sent, and the round of renewals at the moment it was answered. An earlier run of
   * the unit is aborted, and this one as soon as its lease was not renewed for as long as it lasts.
   */
  add(run: UowRun, claim: SentRound): void;
  /** These were claimed anew, and are not to run here: earlier runs of them are aborted. */
  replaced(ids: readonly string[]): void;
  count(): number;
  /** Milliseconds until another worker may have what was claimed; 0 or less when that may be so already. */
  left(claim: SentRound): number;
  /** Aborts what the renewal no longer lists. */
  renewed(renewal: Renewal): void;
  /** Those that run, and those that are still added. */
  abortAll(reason: AbortReason): void;
  /** Resolves when none is left. */
  none(): Promise<void>;
}

export interface RunningUowsOptions {
  readonly board: Pick<LeaseBoard, 'lastRenewed'>;
  readonly timings: Pick<WorkerTimings, 'lease'>;
  readonly logger: Logger;
  readonly stopwatch: Stopwatch;
}

interface Unit {
  readonly run: UowRun;
  readonly claim: SentRound;
}

const leftOf = (claim: SentRound, { board, timings, stopwatch }: RunningUowsOptions): number => {
  const renewal = board.lastRenewed();
  const { at } = renewal.round > claim.round ? renewal : claim;
  return at + timings.lease - stopwatch();
};

/**
 * Aborts a run once its lease is over as far as this host knows: from then on somebody else may run the unit, and who
 * is cut off from the store hears of it from nobody. Returns what calls it off.
 */
const watchLease = ({ run, claim }: Unit, options: RunningUowsOptions): (() => void) => {
  let stop = (): void => undefined;
  const look = (): void => {
    const left = leftOf(claim, options);
    if (left > 0) {
      stop = startTimer(left, look);
      return;
    }
    options.logger.warn('a run is aborted whose lease could not be renewed in time', { uow: run.uow.id });
    run.abort('lapsed');
  };
  look();
  return () => stop();
};

export const createRunningUows = (options: RunningUowsOptions): RunningUows => {
  const units = new Set<Unit>();
  const newest = new Map<string, Unit>();
  let ending: AbortReason | undefined;
  return {
    add(run, claim) {
      const { id } = run.uow;
      const unit = { run, claim };
      // Lost and claimed again between two renewals, these list it as if nothing had happened.
      newest.get(id)?.run.abort('unowned');
      newest.set(id, unit);
      units.add(unit);
      if (ending !== undefined) run.abort(ending);
      const rest = watchLease(unit, options);
      void run.outcome.then(() => {
        rest();
        units.delete(unit);
        if (newest.get(id) === unit) newest.delete(id);
      });
    },
    replaced(ids) {
      for (const id of ids) newest.get(id)?.run.abort('unowned');
    },
    count: () => units.size,
    left: (claim) => leftOf(claim, options),
    renewed({ round, ids }) {
      const held = new Set(ids);
      // A unit claimed in this round or later may have been claimed after the renewal looked.
      for (const unit of units) {
        if (unit.claim.round < round && !held.has(unit.run.uow.id)) unit.run.abort('unowned');
      }
    },
    abortAll(reason) {
      ending = reason;
      for (const { run } of units) run.abort(reason);
    },
    async none() {
      await Promise.all([...units].map(({ run }) => run.outcome));
    },
  };
};
