import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DataStore } from '../../db/store.ts';
import { endOfGroup, signalGroup } from './process-group.ts';
import type { ChildExit } from './process-group.ts';
import type { ChildMessage, HostMessage } from './protocol.ts';
import type { HandlerCall } from '../invoke-handler.ts';
import { armEscalation } from './escalation.ts';
import { errorLine } from '../output/error-text.ts';
import type { Orphans } from './orphans.ts';
import { createLineSplitter } from '../../lib/line-splitter.ts';
import { crashed, failed } from '../reports/outcome.ts';
import type { Outcome } from '../reports/outcome.ts';
import type { RunScope } from '../run-scope.ts';

/** Milliseconds in which a child that is needed no longer may end by itself. */
const FAREWELL = 5000;

/** A child process that makes one call at a time, which may crash, block or leak as it likes. */
export interface ChildRunner {
  /** Resolves when it can make a call, or never will. */
  readonly ready: Promise<unknown>;
  /** Resolves when it is gone, with its process group; rejects when it could not be started. */
  readonly gone: Promise<ChildExit>;
  isAlive(): boolean;
  /** Makes a call; dying of it is an outcome. Rejects when the child could not be started. */
  run(call: HandlerCall, scope: RunScope): Promise<Outcome>;
  /** The same, and resolves when the child is gone. */
  runLast(call: HandlerCall, scope: RunScope): Promise<Outcome>;
  /** Has it end. */
  end(): void;
}

export interface RunnerOptions {
  readonly data: DataStore;
  /** Module that serves a handler in a child process; see `serveHandler`. */
  readonly handlerChild: URL;
  readonly leftovers: Orphans;
}

type Answer = Extract<ChildMessage, { type: 'ended' | 'threw' }>;

/** The call under way. */
interface Run {
  readonly scope: RunScope;
  readonly answered: (answer: Answer) => void;
}

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

/** Cuts what a child prints into lines; returns what hands on the last ones, that no newline ended. */
const readOutput = (
  child: ChildProcess,
  onLine: (stream: 'stdout' | 'stderr', line: string) => void,
): (() => void) => {
  const splitters = (['stdout', 'stderr'] as const).map((stream) => {
    const splitter = createLineSplitter((line) => onLine(stream, line));
    child[stream]?.on('data', (chunk: Buffer) => splitter.push(chunk));
    return splitter;
  });
  return () => splitters.forEach((splitter) => splitter.end());
};

/** What was printed before the answer lies in the pipes by then, and is read in the turn after the one that began. */
const untilRead = async (): Promise<void> => {
  await nextTurn();
  await nextTurn();
};

const goneOf = async (child: ChildProcess): Promise<ChildExit> => {
  const disconnected = new Promise<void>((resolve) => child.once('disconnect', () => resolve()));
  const exit = await endOfGroup(child);
  // The last message may arrive after the news of the exit.
  await disconnected;
  return exit;
};

const readExit = ({ code, signal }: ChildExit, { log }: RunScope): Outcome => {
  const end = signal === null ? `exited with code ${code}` : `was killed by ${signal}`;
  const how = `the handler's process ${end} before it answered`;
  log.note(how);
  return crashed(how);
};

const readAnswer = (answer: Answer, { log }: RunScope): Outcome => {
  if (answer.type === 'ended') return answer.outcome;
  log.note(answer.stack);
  return failed(answer.line);
};

/** A child, and the call it makes. */
interface Kept {
  readonly child: ChildProcess;
  readonly gone: Promise<ChildExit>;
  run: Run | undefined;
}

/** Listens to a child; resolves when it can make a call. */
const listen = (kept: Kept, data: DataStore): Promise<void> =>
  new Promise((resolve) => {
    const { child } = kept;
    child.on('message', (message: ChildMessage) => {
      const { scope, answered } = kept.run ?? {};
      if (message.type === 'ready') resolve();
      else if (message.type === 'data') void answerData(data, message).then((reply) => send(child, reply));
      else if (message.type === 'log') scope?.log.write('log', message.line);
      else if (message.type === 'progress') scope?.progress(message.done, message.total);
      else answered?.(message);
    });
  });

/** Makes a call; `rest` sees to what comes after its answer. */
const makeCall = async (
  kept: Kept,
  { call, scope }: { readonly call: HandlerCall; readonly scope: RunScope },
  rest: () => Promise<unknown>,
): Promise<Outcome> => {
  const { child, gone } = kept;
  const answered = new Promise<Answer>((resolve) => (kept.run = { scope, answered: resolve }));
  send(child, { type: 'call', call });
  const disarm = armEscalation(scope, {
    ask: () => send(child, { type: 'abort', reason: (scope.signal.reason as Error).message }),
    force: () => signalGroup(child, 'SIGKILL'),
  });
  try {
    const end = await Promise.race([answered, gone]);
    await rest();
    return 'type' in end ? readAnswer(end, scope) : readExit(end, scope);
  } finally {
    disarm();
    kept.run = undefined;
  }
};

/** Starts a child that makes calls. */
export const startRunner = ({ data, handlerChild, leftovers }: RunnerOptions): ChildRunner => {
  const mark = leftovers.mark();
  const child = fork(handlerChild, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...mark.environment },
  });
  const gone = goneOf(child).finally(() => mark.ended());
  const kept: Kept = { child, gone, run: undefined };
  const ready = Promise.race([gone, listen(kept, data)]).catch(() => undefined);
  const flush = readOutput(child, (stream, line) => kept.run?.scope.log.write(stream, line));
  const end = (): void => {
    if (child.connected) child.disconnect();
    const timer = setTimeout(signalGroup, FAREWELL, child, 'SIGKILL').unref();
    const calm = (): void => clearTimeout(timer);
    gone.then(calm, calm);
  };
  return {
    ready,
    gone,
    isAlive: () => child.connected,
    run: (call, scope) => makeCall(kept, { call, scope }, () => untilRead().then(flush)),
    runLast: (call, scope) =>
      makeCall(kept, { call, scope }, () => {
        end();
        return gone.then(flush);
      }),
    end,
  };
};
