import { setTimeout as sleep } from 'node:timers/promises';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { within } from '../processes.ts';
import { claimOf, nextRow, took } from '../recovery.ts';
import { kill, untilProcessed } from '../strike.ts';
import { daysFor } from '../workload.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
/** Within so long a worker has done all that it was rung for, ms. */
const SOON = 5_000;
/** A moment passes unused more often than not. */
const TRIES = 100;
const LONGEST_PAUSE = 300;

/** Units that wait while the worker has nothing to do, with the scheduler stopped: their rings are missing. */
const unrung = async (world: World): Promise<string[]> => {
  const store = await world.store();
  const worker = await world.service('worker');
  const isIdle = async (): Promise<boolean> => (await world.held(worker.owner)).length === 0;
  if (!(await within(SOON, isIdle))) return [];
  const before = await store.findUows({ states: ['REQUESTED'] });
  // A ring that was under way has come by then.
  await sleep(LONGEST_PAUSE);
  const after = await store.findUows({ states: ['REQUESTED'] });
  return after.map(({ id }) => id).filter((id) => before.some((uow) => uow.id === id));
};

const betweenRowAndRing: Fault = {
  name: 'between row and ring',
  what: 'the scheduler is killed when units are in the store and their rings not in the queue',
  // Store and queue of the embedded kind take both in one commit.
  on: ['servers'],
  bound: BOUND,
  times: { short: 1, long: 10 },
  work: (form, place) => ({ days: 4 * daysFor(form, place) }),
  inject: async (world) => {
    const scheduler = await world.service('scheduler');
    let silent: string[] = [];
    for (let tries = 0; tries < TRIES && silent.length === 0; tries++) {
      process.kill(scheduler.pid, 'SIGCONT');
      await sleep(Math.random() * LONGEST_PAUSE);
      process.kill(scheduler.pid, 'SIGSTOP');
      silent = await unrung(world);
    }
    bit(silent.length > 0, `the scheduler was never met between the two in ${TRIES} tries`);
    await kill(scheduler);
    const recovery = await took(async () => nextRow(await world.store(), 0, claimOf(silent)));
    await untilProcessed(world, silent);
    await world.forgive('scheduler');
    return { recovery, proof: `${silent.length} units waited beside an idle worker` };
  },
};

export const rings: readonly Fault[] = [betweenRowAndRing];
