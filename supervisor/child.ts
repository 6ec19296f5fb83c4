import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Json } from '../domain/model/process.ts';
import { UNIT_MARK, killLeftovers } from '../os/leftover.ts';
import type { FromUnit, ToUnit } from './message.ts';
import { identify } from '../os/process-stat.ts';
import type { ProcessIdentity } from '../os/process-stat.ts';

/** What to start, and what to hand it. */
export interface ChildSpec {
  readonly boxId: string;
  readonly unit: string;
  /** Module to fork. */
  readonly module: URL;
  readonly brief: Json;
  /** Time from SIGTERM to SIGKILL, ms. */
  readonly grace: number;
}

export interface ChildListener {
  message(message: FromUnit): void;
  /** Once, when the process and all it started are gone. */
  exit(how: string): void;
}

/** A unit's process, in a process group of its own. */
export interface Child extends ProcessIdentity {
  /** Lease owner: `<box>:<unit>:<pid>:<start time>`. */
  readonly owner: string;
  readonly mark: string;
  /** Asks it to stop; kills its group when the grace is over. */
  stop(): void;
  kill(): void;
}

/** Forks a unit. Its IPC channel tells it when its supervisor is gone. */
export const startChild = (spec: ChildSpec, listener: ChildListener): Child => {
  const mark = randomUUID();
  const forked = fork(spec.module, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [UNIT_MARK]: mark },
  });
  const pid = forked.pid ?? 0;
  const identity = identify(pid) ?? { pid, startTime: '' };
  const owner = `${spec.boxId}:${spec.unit}:${pid}:${identity.startTime}`;
  let forced: NodeJS.Timeout | undefined;
  let ended = false;

  const killGroup = (): void => {
    if (pid === 0) return; // never started; group 0 would be our own
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is empty.
    }
  };
  const end = (how: string): void => {
    if (ended) return;
    ended = true;
    clearTimeout(forced);
    killGroup();
    killLeftovers(UNIT_MARK, [mark]);
    listener.exit(how);
  };

  forked.on('message', (message) => listener.message(message as FromUnit));
  forked.once('exit', (code, signal) => end(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`));
  forked.once('error', (error) => end(error.message));
  forked.send({ type: 'begin', owner, brief: spec.brief } satisfies ToUnit, () => undefined);

  return {
    ...identity,
    owner,
    mark,
    stop: () => {
      if (ended || forced !== undefined) return;
      forked.kill('SIGTERM');
      forced = setTimeout(killGroup, spec.grace);
    },
    kill: () => {
      if (!ended) killGroup();
    },
  };
};
