import { AsyncResource } from 'node:async_hooks';
import { plural } from '../../domain/plural.ts';
import type { HandlerWorker } from '../../domain/model/process.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import { armEscalation } from '../isolation/escalation.ts';
import type { HandlerCall } from '../invoke-handler.ts';
import { handlerUow } from '../../domain/model/handler-uow.ts';
import { errorLine, errorStack } from '../output/error-text.ts';
import { crashed } from '../reports/outcome.ts';
import type { Occupant } from '../leases/occupancy.ts';
import type { Outcome } from '../reports/outcome.ts';
import { inRun } from '../output/run-output.ts';
import type { RunScope, Task } from '../run-scope.ts';
import type { LiveRunner, RunnerTools } from './runner.ts';

const LOG_BYTES = 1_000_000;
/** How long after a crash the units of its process run apart, ms. */
const DISTRUST = 10 * 60_000;

const callOf = ({ module, exportName }: HandlerWorker, task: Task): HandlerCall => ({
  module,
  exportName,
  uow: task.uow && handlerUow(task.uow),
  token: task.uow?.token ?? '',
  arguments: task.arguments,
  ...(task.traceparent !== undefined && { traceparent: task.traceparent }),
});

const occupantOf = (
  { processName, uow }: Task,
  { timeLimit }: RunScope,
  now: number,
): Omit<Occupant, 'key'> => ({
  processName,
  id: uow?.id ?? processName,
  attempt: uow?.attempt ?? 0,
  limit: timeLimit && { endsAt: now + timeLimit.length, report: timeLimit.report },
});

/**
 * Runs handlers written in TypeScript or JavaScript: here, or in a child process per unit. A unit whose last run
 * crashed may have taken this host with it, and all that ran beside: it runs apart whatever its process says. Once it
 * crashed there as well, it was the one, and others of its process may be like it: they run apart too, for a while.
 */
export const handlerRunner = (spec: HandlerWorker, tools: RunnerTools): LiveRunner => {
  const { childRuns, stopwatch, logger, maxCrashes, suspects, occupancy } = tools;
  /** The heartbeat thread watches over the event loop while a handler runs in it. */
  const runInside = <T>(task: Task, scope: RunScope, run: () => Promise<T>): Promise<T> => {
    // Told before it begins: it may never let this loop turn again.
    const leave = occupancy.enter(occupantOf(task, scope, stopwatch()));
    return run().finally(leave);
  };
  let crashedAt = -Infinity;
  const isDistrusted = (): boolean => stopwatch() - crashedAt < DISTRUST;
  const distrust = (processName: string): void => {
    if (!isDistrusted())
      logger.warn(`units of ${processName} run apart for ${formatDuration(DISTRUST)}: one of them crashed`);
    crashedAt = stopwatch();
  };
  return {
    instant: false,
    logBytes: LOG_BYTES,
    async run(task, scope) {
      const call = callOf(spec, task);
      if (spec.isolation === 'process') return childRuns.isolated(call, scope);
      const suspicion = suspects.because(task.processName);
      if (suspicion !== undefined) {
        scope.log.note(`runs in a process of its own: ${suspicion}`);
        return (task.uow ? childRuns.alone : childRuns.isolated)(call, scope);
      }
      const crashes = task.uow?.crashes ?? 0;
      if (crashes > 0)
        scope.log.note(`runs in a process of its own after ${plural(crashes, 'crash', 'crashes')}`);
      else if (task.uow === null || !isDistrusted())
        return runInside(task, scope, () => runHere({ call, processName: task.processName }, scope, tools));
      // What another unit left running beside it is not to be taken for the crash that sets this one aside.
      const run = crashes + 1 < maxCrashes ? childRuns.shared : childRuns.alone;
      const outcome = await run(call, scope);
      if (outcome.crashed === true && !scope.signal.aborted) distrust(task.processName);
      return outcome;
    },
  };
};

/** `left` resolves when a run was told to end and has not in time. */
const watchGrace = (scope: RunScope): { left: Promise<undefined>; disarm: () => void } => {
  let disarm: () => void = () => undefined;
  const left = new Promise<undefined>((resolve) => {
    const force = (): void => {
      scope.log.note(
        "the handler does not heed its signal and was left behind: isolation 'process' would end it",
      );
      resolve(undefined);
    };
    disarm = armEscalation(scope, { force });
  });
  return { left, disarm };
};

/** The error that breaks a run off which left it behind. */
const brokenBy = (error: unknown): string => `an error that nothing caught: ${errorLine(error)}`;

/**
 * A handler in the host cannot be killed: one that does not heed its signal is left behind. An error that it leaves
 * uncaught would end the host and all that runs beside it; it breaks off the run that it came from instead, as a crash.
 * Where that has ended, it tells against the process.
 */
const runHere = async (
  { call, processName }: { readonly call: HandlerCall; readonly processName: string },
  scope: RunScope,
  { data, callHandler, suspects }: RunnerTools,
): Promise<Outcome | undefined> => {
  const abort = new AbortController();
  let broken: Outcome | undefined;
  let isOver = false;
  const onError = (error: unknown): void => {
    scope.log.note(`${isOver ? 'left behind after the end of the run: ' : ''}${errorStack(error)}`);
    if (isOver) return suspects.add(processName, brokenBy(error));
    broken ??= crashed(brokenBy(error));
    abort.abort(error);
  };
  let tell = (): void => abort.abort(scope.signal.reason);
  const { left, disarm } = watchGrace({ ...scope, signal: abort.signal });
  const surroundings = {
    signal: abort.signal,
    log: (line: string) => scope.log.write('log', line),
    progress: (done: number, total: number) => scope.progress(done, total),
    data,
  };
  try {
    const made = inRun({ log: scope.log, onError, isOver: () => isOver }, () => {
      // Within the run, as its listeners may throw.
      tell = AsyncResource.bind(tell);
      scope.signal.addEventListener('abort', tell, { once: true });
      if (scope.signal.aborted) tell();
      return callHandler(call, surroundings);
    });
    const outcome = await Promise.race([made, left]);
    return broken ?? outcome;
  } catch (error) {
    if (broken) return broken;
    throw error;
  } finally {
    isOver = true;
    disarm();
    scope.signal.removeEventListener('abort', tell);
  }
};
