import type { WorkerStore } from '../db/store.ts';
import type { Clock } from '../domain/clock.ts';
import { logSequence } from '../domain/model/log-sequence.ts';
import type { LogRecord, UowRecord } from '../domain/model/record.ts';
import type { UnitTracer } from '../domain/model/unit-trace.ts';
import { FIRING_LEAD, beginsAt } from '../domain/freerun/lead.ts';
import { endOfRun } from '../domain/strategy/end-of-run.ts';
import type { RunPolicy } from '../domain/strategy/end-of-run.ts';
import { formatDuration } from '../domain/time/duration.ts';
import { startTimer } from '../lib/os/timer.ts';
import { errorLine, errorStack } from './output/error-text.ts';
import { createLogCapture } from './output/log-capture.ts';
import { failed, lapsed, returned } from './reports/outcome.ts';
import type { Outcome } from './reports/outcome.ts';
import { createProgress } from './output/progress.ts';
import type { RunScope, Task } from './run-scope.ts';
import type { LiveRunner } from './runners/runner.ts';
import { sleepUntil } from '../lib/sleep.ts';
import type { Stopwatch } from '../lib/stopwatch.ts';
import type { WorkerTimings } from './timings.ts';

/** Why a run is aborted: `unowned` when its unit was canceled or its lease lost, `lapsed` when its lease was not renewed in time. */
export type AbortReason = 'unowned' | 'lapsed' | 'time-limit' | 'stopping';

/** A unit that runs and can be aborted. */
export interface UowRun {
  readonly uow: UowRecord;
  /** Undefined when it had to be left behind unfinished: nothing is to be reported. Never rejects. */
  readonly outcome: Promise<Outcome | undefined>;
  abort(reason: AbortReason): void;
}

export interface UowSurroundings {
  readonly store: Pick<WorkerStore, 'progress'>;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly timings: WorkerTimings;
  /** Aborted when running units must be killed. */
  readonly kill: AbortSignal;
  readonly timeLimit: number | undefined;
  readonly policy: RunPolicy;
  readonly appendLog: (records: readonly LogRecord[]) => void;
  /** Told of what becomes of units of work, if anyone wants to know. */
  readonly tracer?: UnitTracer | undefined;
}

/** The time limit of a run: `over` is called when it is, and what is waited for does not count. */
const createLimit = (ms: number | undefined, over: () => void) => {
  let stop: (() => void) | undefined;
  const begin = (): void => {
    stop = ms === undefined ? undefined : startTimer(ms, over);
  };
  const end = (): void => stop?.();
  return {
    begin,
    end,
    wait: async <T>(turn: Promise<T>): Promise<T> => {
      end();
      return turn.finally(begin);
    },
  };
};

const logOf = ({ id, attempt }: UowRecord, { logBytes }: LiveRunner, { clock, appendLog }: UowSurroundings) =>
  createLogCapture({
    parentId: id,
    attempt,
    firstSequence: logSequence(attempt, 0),
    limit: logBytes,
    clock,
    append: appendLog,
  });

const reasonText = (reason: AbortReason, timeLimit: number | undefined): string => {
  switch (reason) {
    case 'unowned':
      return 'aborted: the unit was canceled or its lease lost';
    case 'lapsed':
      return 'aborted: its lease could not be renewed in time';
    case 'time-limit':
      return `time limit of ${formatDuration(timeLimit ?? 0)} exceeded`;
    case 'stopping':
      return 'the worker was stopped';
  }
};

const taskOf = (uow: UowRecord, { tracer }: UowSurroundings): Task => ({
  processName: uow.processName,
  uow,
  arguments: uow.arguments,
  traceparent: tracer?.traceparent(uow),
});

const limitOf = (uow: UowRecord, { policy, timeLimit, clock }: UowSurroundings): RunScope['timeLimit'] => {
  if (timeLimit === undefined) return undefined;
  const at = { now: clock.now() + timeLimit, random: Math.random() };
  return { length: timeLimit, report: endOfRun(uow, outcomeOf('time-limit', timeLimit), policy, at) };
};

/** Resolves at once, or on the instant that a unit was prepared for: whether it is still to begin then. */
const mayBegin = async (
  uow: UowRecord,
  surroundings: UowSurroundings,
  { signal, isHeld }: { signal: AbortSignal; isHeld: () => boolean },
): Promise<boolean> => {
  const now = surroundings.clock.now();
  const at = beginsAt(uow, now);
  if (at === now) return true;
  await sleepUntil(at, surroundings, FIRING_LEAD, signal);
  return !signal.aborted && isHeld();
};

/**
 * Starts a run with its own signal, time limit, log and progress: at once, or on the instant that its unit was prepared
 * for, should that still be held then. What a run returns after its signal aborted does not count: a handler that broke
 * off half-way may well return as if all were done. One that never asked for its signal cannot have: where its worker
 * stops, what it returns within the grace counts.
 */
export const startUow = (
  uow: UowRecord,
  runner: LiveRunner,
  surroundings: UowSurroundings,
  isHeld: () => boolean,
): UowRun => {
  const { timeLimit, timings } = surroundings;
  const controller = new AbortController();
  let aborted: AbortReason | undefined;
  const abort = (reason: AbortReason): void => {
    aborted ??= reason;
    controller.abort(new Error(reasonText(aborted, timeLimit)));
  };
  const log = logOf(uow, runner, surroundings);
  const progress = createProgress((value) => {
    // Progress is a courtesy: a store that is away has more important things to catch up on.
    surroundings.store.progress(uow.id, uow.token ?? '', value).catch(() => undefined);
  }, timings.progress);
  const limit = createLimit(timeLimit, () => abort('time-limit'));
  const scope: RunScope = {
    signal: controller.signal,
    kill: surroundings.kill,
    killGrace: timings.killGrace,
    log,
    progress: (done, total) => progress.update(done, total),
    wait: limit.wait,
    timeLimit: limitOf(uow, surroundings),
  };
  const run = async (): Promise<Outcome | undefined> => {
    try {
      const begins = await mayBegin(uow, surroundings, { signal: scope.signal, isHeld });
      if (!begins || scope.signal.aborted) return returned;
      limit.begin();
      const outcome = await runner.run(taskOf(uow, surroundings), scope);
      return aborted ? afterAbort(aborted, outcome, timeLimit) : outcome;
    } catch (error) {
      log.note(errorStack(error));
      return aborted ? outcomeOf(aborted, timeLimit) : failed(errorLine(error));
    } finally {
      limit.end();
      progress.end();
      log.end();
    }
  };
  return { uow, outcome: run(), abort };
};

/**
 * What counts of a run that was aborted. Where the worker stops, the end of one that never asked for its signal, and
 * nothing of one that does not end: it is held until this process is gone, so that it runs nowhere beside itself.
 */
const afterAbort = (
  reason: AbortReason,
  outcome: Outcome | undefined,
  timeLimit: number | undefined,
): Outcome | undefined =>
  reason === 'stopping' && (outcome === undefined || outcome.heedless === true)
    ? outcome
    : outcomeOf(reason, timeLimit);

const outcomeOf = (reason: AbortReason, timeLimit: number | undefined): Outcome => {
  if (reason === 'stopping') return returned;
  const text = reasonText(reason, timeLimit);
  // As the collector counts it, should this host be the first to say so.
  if (reason === 'lapsed') return lapsed(text);
  return { ...failed(text), retryNow: reason !== 'time-limit' };
};
