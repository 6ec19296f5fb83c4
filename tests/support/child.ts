import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A TypeScript file run as a process of its own, which talks to the test by messages. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves with its next message; rejects when it ends instead. */
  readonly message: () => Promise<unknown>;
  /** Messages that came and were not asked for. */
  readonly rest: () => unknown[];
  readonly send: (message: string) => void;
  /** Kills it as nothing can prevent, and resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

export const startChild = (file: URL, ...args: string[]): Child => startChildIn(process.env, file, ...args);

/** The same, in an environment of its own. */
export const startChildIn = (env: NodeJS.ProcessEnv, file: URL, ...args: string[]): Child => {
  const child = fork(fileURLToPath(file), args, { execArgv: ['--import', 'tsx'], env });
  const received: unknown[] = [];
  child.on('message', (message) => received.push(message));
  const exited = once(child, 'exit');
  return {
    process: child,
    message: async () => {
      const ended = exited.then(() => Promise.reject(new Error(`${file.pathname} ended`)));
      ended.catch(() => undefined);
      if (received.length === 0) await Promise.race([once(child, 'message'), ended]);
      return received.shift();
    },
    rest: () => received.splice(0),
    send: (message) => void child.send(message),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};
