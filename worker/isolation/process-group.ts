import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { killOrphanedGroup, trySignal } from '../../lib/os/signal.ts';
import { within } from '../../lib/sleep.ts';

/** Milliseconds that output may still come after the child has ended; a grandchild may hold the pipes for ever. */
const DRAIN = 500;

/** How a child ended: one of both is null. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Signals every process of the group that a child leads; once that was seen to end, another may have its number. */
export const signalGroup = (
  { pid, exitCode, signalCode }: Pick<ChildProcess, 'pid' | 'exitCode' | 'signalCode'>,
  signal: NodeJS.Signals,
): void => {
  if (pid !== undefined && exitCode === null && signalCode === null) trySignal(-pid, signal);
};

/**
 * Resolves when a child that leads its own process group (`detached`) has ended, and its group with it: what the child
 * left running is killed, since a run ends with all its processes. Rejects when the child cannot be started.
 */
export const endOfGroup = async (child: ChildProcess): Promise<ChildExit> => {
  const exited = once(child, 'exit') as Promise<[ChildExit['code'], ChildExit['signal']]>;
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // Without a listener a late error, of the channel to the child say, would end the host.
  child.on('error', () => undefined);
  const [code, signal] = await exited;
  killOrphanedGroup(child.pid ?? 0);
  await within(DRAIN, closed);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { code, signal };
};
