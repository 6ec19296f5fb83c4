import type { HandlerWorker } from '../domain/model/process.ts';
import { formatDuration } from '../domain/time/duration.ts';
import { armEscalation } from './escalation.ts';
import type { HandlerCall } from './handler-call.ts';
import { handlerUow } from '../domain/model/handler-uow.ts';
import type { Outcome } from './outcome.ts';
import { inRun } from './run-context.ts';
import type { LiveRunner, RunScope, RunnerTools, Task } from './runner.ts';

const LOG_BYTES = 1_000_000;
/** How long after a crash the units of its process run apart, ms. */
const DISTRUST = 10 * 60_000;

const callOf = ({ module, exportName }: HandlerWorker, task: Task): HandlerCall => ({
  module,
  exportName,
  uow: task.uow && handlerUow(task.uow),
  token: task.uow?.token ?? '',
  arguments: task.arguments,
});

/**
 * Runs handlers written in TypeScript or JavaScript: here, or in a child process per unit. A unit whose last run
 * crashed may have taken this host with it, and all that ran beside: it runs apart whatever its process says. Once it
 * crashed there as well, it was the one, and others of its process may be like it: they run apart too, for a while.
 */
export const handlerRunner = (spec: HandlerWorker, tools: RunnerTools): LiveRunner => {
  const { apart, stopwatch, logger, maxCrashes } = tools;
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
      if (spec.isolation === 'process') return apart.isolated(call, scope);
      const crashes = task.uow?.crashes ?? 0;
      if (crashes > 0)
        scope.log.note(
          `runs in a process of its own after ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`,
        );
      else if (task.uow === null || !isDistrusted()) return runHere(call, scope, tools);
      // What another unit left running beside it is not to be taken for the crash that sets this one aside.
      const run = crashes + 1 < maxCrashes ? apart.shared : apart.alone;
      const outcome = await run(call, scope);
      if (outcome.crashed === true && !scope.signal.aborted) distrust(task.processName);
      return outcome;
    },
  };
};

/** A handler in the host cannot be killed: one that does not heed its signal is left behind. */
const runHere = (
  call: HandlerCall,
  scope: RunScope,
  { data, callHandler }: RunnerTools,
): Promise<Outcome | undefined> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      scope.log.note(
        "the handler does not heed its signal and was left behind: isolation 'process' would end it",
      );
      resolve(undefined);
    };
    const disarm = armEscalation(scope, { force: leave });
    const surroundings = {
      signal: scope.signal,
      log: (line: string) => scope.log.write('log', line),
      progress: (done: number, total: number) => scope.progress(done, total),
      data,
    };
    inRun(scope.log, () => callHandler(call, surroundings))
      .then(resolve, reject)
      .finally(disarm);
  });
