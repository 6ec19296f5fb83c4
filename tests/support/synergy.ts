import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built command, as users run it; `npm test` builds it first. */
export const launcher = fileURLToPath(new URL('../../dist/launch.js', import.meta.url));

/** How a run of the command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command, or of another program. */
export interface Run {
  readonly child: ChildProcess;
  /** Resolves with the first line of the output that matches, printed already or yet to come. */
  line(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** Follows what a program prints. */
export const follow = (child: ChildProcessWithoutNullStreams): Run => {
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout: lines.join('\n'), stderr }));
  });
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.find((candidate) => pattern.test(candidate));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(({ code, stdout }) => {
        reject(
          new Error(`ended with ${String(code)} before printing ${String(pattern)}:\n${stdout}\n${stderr}`),
        );
      });
    });
  return { child, line, ended };
};

/** Starts `synergy` in a folder. Nothing of the caller's own settings reaches it. */
export const synergy = (folder: string, ...argv: readonly string[]): Run => {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('SYNERGY_'));
  return follow(
    spawn(process.execPath, [launcher, ...argv], { cwd: folder, env: Object.fromEntries(environment) }),
  );
};

/** Runs `synergy` to its end; throws unless it exits with 0. */
export const synergyOk = async (folder: string, ...argv: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await synergy(folder, ...argv).ended;
  if (code !== 0)
    throw new Error(`synergy ${argv.join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
  return stdout;
};

/** Is there a process of this id? */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Services of a data folder and their process ids, as `synergy query` tells. */
export const servicePids = async (folder: string): Promise<Record<string, number>> => {
  const { services } = JSON.parse(await synergyOk(folder, 'query', '--json')) as {
    services: { service: string; pid: number | null }[];
  };
  return Object.fromEntries(services.flatMap(({ service, pid }) => (pid === null ? [] : [[service, pid]])));
};
