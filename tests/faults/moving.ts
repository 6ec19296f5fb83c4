import { readFileSync } from 'node:fs';
import { isUowHolding } from '../../domain/machine/transition.ts';
import type { ServiceFile } from '../../supervisor/service-file.ts';
import { bit } from './fault.ts';
import { within } from './processes.ts';
import { PATIENCE, byScheduler, journalEnd, nextRow } from './recovery.ts';
import type { World } from './world.ts';

const BUSY = 20_000;
const PAUSE = 20;
const ESTABLISHED = '01';

/** Resolves with the worker as soon as it holds units. */
export const busyWorker = async (world: World): Promise<ServiceFile> => {
  const worker = await world.service('worker');
  bit(
    await within(BUSY, async () => (await world.held(worker.owner)).length > 0, PAUSE),
    'the worker held nothing',
  );
  return worker;
};

/**
 * Resolves when everything moves: the scheduler has written, a worker has claimed, and every unit that waits now, or was
 * `held` by a worker that is gone, was claimed again or has ended.
 */
export const allMove = async (world: World, held: readonly string[] = []): Promise<void> => {
  const store = await world.store();
  const end = await journalEnd(store);
  const waiting = await store.findUows({ states: ['REQUESTED'] });
  const units = [...waiting, ...(await store.uows(held))];
  const attempts = new Map(units.map(({ id, attempt }) => [id, attempt]));
  const haveMoved = async (): Promise<boolean> => {
    for (const { id, state, attempt } of await store.uows([...attempts.keys()]))
      if (!isUowHolding(state) || attempt > (attempts.get(id) ?? 0)) attempts.delete(id);
    return attempts.size === 0;
  };
  const claimed = async (): Promise<void> => {
    if (!(await within(PATIENCE, haveMoved, PAUSE)))
      throw new Error(`never claimed again: ${[...attempts.keys()].join(', ')}`);
  };
  const isClaim = ({ event }: { readonly event: string }): boolean => event === 'claim';
  await Promise.all([nextRow(store, end, byScheduler), nextRow(store, end, isClaim), claimed()]);
};

/** Connections that this machine's processes have with a port of it. */
export const connectionsTo = (port: number): number => {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , peer, state]) => peer?.endsWith(remote) === true && state === ESTABLISHED).length;
};
