import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Json } from '../domain/model/process.ts';
import { SERVICE_MARK, killLeftovers } from '../lib/os/process-mark.ts';
import { identify, isAlive } from '../lib/os/process-stat.ts';
import type { ProcessIdentity } from '../lib/os/process-stat.ts';
import { killOrphanedGroup, signalGroup, signalProcess } from '../lib/os/signal.ts';
import { startTimer } from '../lib/os/timer.ts';
import type { FromService } from './ipc/message.ts';
import type { IpcServer } from './ipc/server.ts';

/** How often a process that is not our own child is looked after, ms. */
const POLL = 200;

/** What to start, and what to hand it. */
export interface ChildSpec {
  readonly boxId: string;
  readonly service: string;
  /** Module to run; its one argument is the data folder. */
  readonly module: URL;
  readonly nodeOptions: readonly string[];
  readonly dataDir: string;
  readonly brief: Json;
  /** Time from SIGTERM to SIGKILL, ms. */
  readonly grace: number;
  readonly switchboard: IpcServer;
}

export interface ChildListener {
  message(message: FromService): void;
  /** Once, when the process and all it started are gone. */
  exit(how: string, owner: string): void;
}

/** A service's process, in a process group of its own. */
export interface Child extends ProcessIdentity {
  /** Lease owner: `<box>:<service>:<pid>:<start time>`. */
  readonly owner: string;
  readonly mark: string;
  /** Asks it to stop; kills its group when the grace is over. */
  stop(): void;
  kill(): void;
}

type Oversight = Child & { end(how: string): void };

/** All that is alike for a process of our own and one that was taken over. */
const attachChild = (
  { pid, startTime, mark }: ProcessIdentity & { readonly mark: string },
  { boxId, service, brief, grace, switchboard }: ChildSpec,
  listener: ChildListener,
): Oversight => {
  const identity = { pid, startTime };
  const owner = `${boxId}:${service}:${pid}:${startTime}`;
  const kill = (): void => void signalGroup(identity, 'SIGKILL');
  let callOff: (() => void) | undefined;
  let ended = false;
  switchboard.expect({
    mark,
    begin: { type: 'begin', owner, brief },
    message: (message) => listener.message(message),
  });
  return {
    ...identity,
    owner,
    mark,
    stop: () => {
      if (ended || callOff !== undefined) return;
      signalProcess(identity, 'SIGTERM');
      callOff = startTimer(grace, kill);
    },
    kill,
    end: (how) => {
      if (ended) return;
      ended = true;
      callOff?.();
      killOrphanedGroup(pid);
      killLeftovers(SERVICE_MARK, [mark]);
      void switchboard.dismiss(mark).then(() => listener.exit(how, owner));
    },
  };
};

/** Starts a service. It connects to the supervisor to be told to begin. */
export const startChild = (spec: ChildSpec, listener: ChildListener): Child => {
  const mark = randomUUID();
  const started = spawn(
    process.execPath,
    [...process.execArgv, ...spec.nodeOptions, fileURLToPath(spec.module), spec.dataDir],
    // In a group of its own: it outlives a terminal that is closed, and only the supervisor signals it.
    {
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, [SERVICE_MARK]: mark },
    },
  );
  const pid = started.pid ?? 0; // 0: it could not be started, as 'error' will tell
  const identity = identify(pid) ?? { pid, startTime: '' };
  const child = attachChild({ ...identity, mark }, spec, listener);
  started.once('exit', (code, signal) =>
    child.end(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`),
  );
  started.once('error', (error) => child.end(error.message));
  return child;
};

/** Takes over a service that an earlier supervisor has started; it calls by itself. How it ends cannot be seen, only when. */
export const adoptChild = (
  survivor: ProcessIdentity & { readonly mark: string },
  spec: ChildSpec,
  listener: ChildListener,
): Child => {
  const child = attachChild(survivor, spec, listener);
  const timer = setInterval(() => {
    if (isAlive(survivor)) return;
    clearInterval(timer);
    child.end('exit not seen');
  }, POLL);
  return child;
};
