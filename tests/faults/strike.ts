import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { isAlive } from '../../lib/os/process-stat.ts';
import type { TransitionRecord } from '../../domain/model/record.ts';
import type { ServiceFile } from '../../supervisor/service-file.ts';
import { readEffects } from './effects.ts';
import type { Effect, Order } from './effects.ts';
import { bit } from './fault.ts';
import { within } from './processes.ts';
import { PATIENCE, journalEnd } from './recovery.ts';
import type { World } from './world.ts';

const GONE = 5_000;
const BUSY = 20_000;
const HOLD_UP = 1_000;

/** Whether another process keeps the embedded store from being written; transactions that go on are over before. */
const isHeldUp = ({ place, settings }: World): boolean => {
  if (place !== 'embedded') return false;
  const database = new DatabaseSync(join(settings.dataDir, 'synergy.db'), { timeout: HOLD_UP });
  try {
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
};

/** A worker that stands still, the units that it holds, and the end of the journal before it was stopped. */
export interface Frozen {
  readonly worker: ServiceFile;
  readonly held: readonly string[];
  readonly end: number;
}

/**
 * Stops the worker at a moment at which it holds units: what it holds does not change any more. Nor is it in the middle of
 * writing to the embedded store: that holds up everybody until it goes on.
 */
export const freezeWorker = async (world: World): Promise<Frozen> => {
  const worker = await world.service('worker');
  const store = await world.store();
  let end: number;
  for (;;) {
    await within(BUSY, async () => (await world.held(worker.owner)).length > 2, 5);
    // Taken before: on a machine that is busy the leases may be lost before the next look.
    end = await journalEnd(store);
    process.kill(worker.pid, 'SIGSTOP');
    if (!isHeldUp(world)) break;
    process.kill(worker.pid, 'SIGCONT');
  }
  const held = await world.held(worker.owner);
  if (held.length === 0) process.kill(worker.pid, 'SIGCONT');
  bit(held.length > 0, 'the worker held nothing');
  return { worker, held, end };
};

/** Kills processes as nothing can prevent, and sees them gone. */
export const kill = async (...units: readonly ServiceFile[]): Promise<void> => {
  for (const { pid } of units) process.kill(pid, 'SIGKILL');
  const areGone = (): boolean => !units.some(isAlive);
  bit(await within(GONE, areGone, 1), `process ${units.map(({ pid }) => pid).join(', ')} survived`);
};

/** Waits until units have ended well. One whose worker dies three times running is quarantined: each kill is to meet others. */
export const untilProcessed = async (world: World, ids: readonly string[]): Promise<void> => {
  const store = await world.store();
  const areProcessed = async (): Promise<boolean> =>
    (await store.uows(ids)).every(({ state }) => state === 'PROCESSED');
  if (!(await within(PATIENCE, areProcessed, 20))) throw new Error(`not finished again: ${ids.join(', ')}`);
};

/** The claim of a unit after an attempt of it. */
export const laterClaim =
  (id: string, attempt: number) =>
  (row: TransitionRecord): boolean =>
    row.event === 'claim' && row.entityId === id && row.attempt > attempt;

/** Has the next handler do something; resolves when that has begun. */
export const order = async (world: World, kind: Order, text = ''): Promise<Effect> => {
  const before = readEffects(world.effects).length;
  writeFileSync(`${world.effects}.${kind}`, text);
  let obeyed: Effect | undefined;
  const isObeyed = (): boolean => {
    obeyed = readEffects(world.effects)
      .slice(before)
      .find(({ what }) => what === kind);
    return obeyed !== undefined;
  };
  if (!(await within(PATIENCE, isObeyed, 5)) || obeyed === undefined)
    throw new Error(`the fault did not bite: no handler took the order '${kind}'`);
  return obeyed;
};
