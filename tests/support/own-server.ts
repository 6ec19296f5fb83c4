import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempFolder } from './temp-folder.ts';

/** A server of the test's own on the loopback, with all its files in a folder of its own. */
export interface OwnServer {
  readonly port: number;
  /** Ends it as nothing can prevent; what was stored stays. */
  kill(): Promise<void>;
  /** Starts it again, on what it had stored. */
  start(): Promise<void>;
  /** Starts it again without anything stored. */
  empty(): Promise<void>;
}

/** Where a server also listens with TLS, and files of its certificate and key. */
export interface SecureListener {
  readonly port: number;
  readonly cert: string;
  readonly key: string;
}

export interface ServerCommand {
  readonly program: string;
  /** Of a server whose files are in the folder. */
  args(folder: string): readonly string[];
  readonly port: number;
  /** Whether it answers. */
  isReady(): Promise<boolean>;
}

/** Where a program is on the PATH. */
export const onPath = (program: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(existsSync);

/** Whether an address answers so. */
export const answers = async (
  url: string,
  expected: RegExp,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> => {
  try {
    return expected.test(await (await fetch(url, { headers })).text());
  } catch {
    return false;
  }
};

/** Starts a server, and resolves when it answers. */
export const startServer = async (command: ServerCommand): Promise<OwnServer> => {
  const folder = join(tempFolder(), 'data');
  let child: ChildProcess | undefined;
  // Never outlives the tests, even if they end without `kill`.
  const killAtExit = (): void => void child?.kill('SIGKILL');
  const start = async (): Promise<void> => {
    mkdirSync(folder, { recursive: true });
    process.once('exit', killAtExit);
    const started = spawn(command.program, command.args(folder), { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    let said = '';
    for (const output of [started.stdout, started.stderr])
      output.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    while (!(await command.isReady())) {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`${command.program} ended: ${said}`);
      await sleep(20);
    }
  };
  const kill = async (): Promise<void> => {
    process.off('exit', killAtExit);
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return {
    port: command.port,
    kill,
    start,
    empty: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
      await start();
    },
  };
};
