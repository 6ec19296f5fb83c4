import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const home = fileURLToPath(new URL('../../', import.meta.url));

/** Time a process gets to end by itself, ms. */
const GRACE = 15_000;

export interface ChildOptions {
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Open a channel for messages. */
  readonly ipc?: boolean;
  /** Called with every line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** A process that the benchmark started. */
export interface Child {
  readonly pid: number;
  /** When it was started: milliseconds since 1970, with their fractions. */
  readonly startedAt: number;
  /** Resolves with the exit code, null when a signal ended it. */
  readonly exit: Promise<number | null>;
  /** Never resolves; rejects with what it said when the process ends. To race with what is waited for. */
  early(): Promise<never>;
  /** The next message; rejects when the process ends before. */
  message(): Promise<unknown>;
  /** Asks it to end, kills it when it does not. Resolves when it is gone. */
  end(): Promise<void>;
}

/** Milliseconds since 1970 on the clock that all processes of the machine share, with their fractions. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

const children = new Set<ChildProcess>();

/** Asks everything that still runs to end. */
export const endChildren = (): void => {
  for (const child of children) child.kill();
};

const failure = (command: string, code: number | null, output: string): Error =>
  new Error(
    `${command} ended early (${code === null ? 'by a signal' : `exit code ${code}`}): ${output.trim()}`,
  );

/** Starts a process. Throws when there is no such program. */
export const startChild = async (
  command: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Child> => {
  const startedAt = wallClock();
  const child = spawn(command, args, {
    cwd: options.folder ?? home,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? (['ipc'] as const) : [])],
  });
  let output = '';
  const exit = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    const lines = createInterface({ input: stream });
    lines.on('line', (line) => {
      output = `${output}${line}\n`.slice(-2_000);
      if (stream === child.stdout) options.onLine?.(line);
    });
  }
  await once(child, 'spawn');
  children.add(child);
  const messages = on(child, 'message');
  const early = (): Promise<never> => exit.then((code) => Promise.reject(failure(command, code, output)));
  return {
    pid: child.pid ?? 0,
    startedAt,
    exit,
    early,
    message: () => Promise.race([messages.next().then(({ value }) => (value as [unknown])[0]), early()]),
    end: async () => {
      if (!children.has(child)) return;
      child.kill();
      const forced = setTimeout(() => child.kill('SIGKILL'), GRACE);
      await exit;
      clearTimeout(forced);
    },
  };
};

/** Starts a TypeScript module of `benchmarks/`, given from there, with a channel for messages. */
export const startModule = (module: string, args: readonly (string | number)[]): Promise<Child> =>
  startChild(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', `benchmarks/${module}`, ...args.map(String)],
    {
      ipc: true,
    },
  );
