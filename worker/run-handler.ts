import type { HandlerWorker } from '../domain/model/process.ts';
import { armEscalation } from './escalation.ts';
import type { HandlerCall } from './handler-call.ts';
import { handlerUow } from '../domain/model/handler-uow.ts';
import { readHandlerResult } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { runIsolated } from './run-isolated.ts';
import type { LiveRunner, RunScope, RunnerTools, Task } from './runner.ts';

const LOG_BYTES = 1_000_000;

const callOf = ({ module, exportName }: HandlerWorker, task: Task): HandlerCall => ({
  module,
  exportName,
  uow: task.uow && handlerUow(task.uow),
  token: task.uow?.token ?? '',
  arguments: task.arguments,
});

/**
 * Runs handlers written in TypeScript or JavaScript: here, or in a child process per unit. A unit whose last run
 * crashed may have taken this host with it, and all that ran beside: it gets a child process whatever its process says.
 */
export const handlerRunner = (spec: HandlerWorker, tools: RunnerTools): LiveRunner => ({
  instant: false,
  logBytes: LOG_BYTES,
  run: (task, scope) => {
    const { runApart = runIsolated } = tools;
    const call = callOf(spec, task);
    if (spec.isolation === 'process') return runApart(call, scope, tools);
    const crashes = task.uow?.crashes ?? 0;
    if (crashes === 0) return runHere(call, scope, tools);
    scope.log.note(`runs in a process of its own after ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`);
    return runApart(call, scope, tools);
  },
});

/** A handler in the host cannot be killed: one that does not heed its signal is left behind. */
const runHere = (
  call: HandlerCall,
  scope: RunScope,
  { data, callHandler }: RunnerTools,
): Promise<Outcome | undefined> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      if (scope.kill.aborted) return resolve(undefined);
      reject(
        new Error(
          "the handler does not heed its signal and was left behind: isolation 'process' would end it",
        ),
      );
    };
    const disarm = armEscalation(scope, { force: leave });
    callHandler(call, {
      signal: scope.signal,
      log: (line) => scope.log.write('log', line),
      progress: (done, total) => scope.progress(done, total),
      data,
    })
      .then((result) => resolve(readHandlerResult(result)), reject)
      .finally(disarm);
  });
