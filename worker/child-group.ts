import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killOrphanedGroup } from '../os/signal.ts';
import { armEscalation } from './escalation.ts';
import type { RunScope } from './runner.ts';
import { within } from './sleep.ts';

/** Milliseconds that output may still come after the child has ended; a grandchild may hold the pipes for ever. */
const DRAIN = 500;

/** How a child ended: one of both is null. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Signals every process of a group whose leader was not seen to end: until then nobody else has its number. */
export const signalGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone: what the signal was for.
  }
};

/**
 * Sees a child that leads its own process group (`detached`) to its end, and its group with it: what the child left
 * running is killed, since a run ends with all its processes. `ask`
 * asks it to end when the run is aborted; killing comes later. Rejects when the child cannot be started.
 */
export const superviseGroup = async (
  child: ChildProcess,
  scope: RunScope,
  ask: (group: number) => void,
): Promise<ChildExit> => {
  const exited = once(child, 'exit') as Promise<[ChildExit['code'], ChildExit['signal']]>;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // Without a listener a late error, of the channel to the child say, would end the host.
  child.on('error', () => undefined);
  const group = child.pid;
  if (group === undefined) {
    await exited;
    throw new Error('a process without an id');
  }
  const disarm = armEscalation(scope, { ask: () => ask(group), force: () => signalGroup(group, 'SIGKILL') });
  const [code, signal] = await exited;
  disarm();
  killOrphanedGroup(group);
  await within(DRAIN, closed);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { code, signal };
};
