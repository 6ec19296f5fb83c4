import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { DataStore } from '../db/store.ts';
import { superviseGroup } from './child-group.ts';
import type { ChildExit } from './child-group.ts';
import type { ChildMessage, HostMessage } from './child-message.ts';
import type { HandlerCall } from './handler-call.ts';
import { errorLine } from './error-text.ts';
import { createLineSplitter } from './line-splitter.ts';
import { crashed, failed } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import type { RunScope, RunnerTools } from './runner.ts';

type Answer = Extract<ChildMessage, { type: 'ended' | 'threw' }>;

const send = (child: ChildProcess, message: HostMessage): void => {
  // A child that has just ended cannot be told anything; its exit says the rest.
  if (child.connected) child.send(message, () => undefined);
};

const answerData = async (
  data: DataStore,
  { id, method, parameters }: Extract<ChildMessage, { type: 'data' }>,
): Promise<HostMessage> => {
  const methods = data as unknown as Record<
    keyof DataStore,
    (...given: readonly unknown[]) => Promise<unknown>
  >;
  try {
    return { type: 'answer', id, value: await methods[method](...parameters) };
  } catch (error) {
    return { type: 'answer', id, error: error instanceof Error ? error.message : errorLine(error) };
  }
};

const capture = (child: ChildProcess, scope: RunScope): void => {
  for (const stream of ['stdout', 'stderr'] as const) {
    const splitter = createLineSplitter((line) => scope.log.write(stream, line));
    child[stream]?.on('data', (chunk: Buffer) => splitter.push(chunk)).on('end', () => splitter.end());
  }
};

/** Makes a call in a child process of its own, which may crash, block or leak as it likes. */
export const runIsolated = async (
  call: HandlerCall,
  scope: RunScope,
  { data, handlerChild, leftovers }: RunnerTools,
): Promise<Outcome> => {
  let answer: Answer | undefined;
  const mark = leftovers.mark();
  const child = fork(handlerChild, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...mark.environment },
  });
  child.on('message', (message: ChildMessage) => {
    if (message.type === 'log') scope.log.write('log', message.line);
    else if (message.type === 'progress') scope.progress(message.done, message.total);
    else if (message.type === 'data') void answerData(data, message).then((reply) => send(child, reply));
    else answer = message;
  });
  capture(child, scope);
  send(child, { type: 'call', call });
  const tellReason = (): void =>
    send(child, { type: 'abort', reason: (scope.signal.reason as Error).message });
  const disconnected = new Promise<void>((resolve) => child.once('disconnect', () => resolve()));
  const exit = await superviseGroup(child, scope, tellReason).finally(() => mark.ended());
  // The last message may arrive after the news of the exit.
  await disconnected;
  return readAnswer(answer, exit, scope);
};

const readAnswer = (answer: Answer | undefined, exit: ChildExit, scope: RunScope): Outcome => {
  if (answer?.type === 'ended') return answer.outcome;
  if (answer?.type === 'threw') {
    scope.log.note(answer.stack);
    return failed(answer.line);
  }
  const end = exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
  const how = `the handler's process ${end} before it answered`;
  scope.log.note(how);
  return crashed(how);
};
