import { isAlive } from '../../../os/process-stat.ts';
import type { UnitFile } from '../../../supervisor/unit-file.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { within } from '../processes.ts';
import { PATIENCE, byScheduler, claimOf, journalEnd, nextRow, took } from '../recovery.ts';
import type { World } from '../world.ts';

/** On a living box the supervisor sees the death at once. */
const LIVING_BOX = 3_000;
const ALL_DEAD = 60_000;
const GONE = 5_000;

/** Waits until the worker holds units, and stops it there: what it holds no longer changes. */
const frozenWorker = async (world: World): Promise<{ worker: UnitFile; held: string[] }> => {
  const worker = await world.unit('worker');
  await within(GONE * 4, async () => (await world.held(worker.owner)).length > 2, 5);
  process.kill(worker.pid, 'SIGSTOP');
  const held = await world.held(worker.owner);
  if (held.length > 0) return { worker, held };
  process.kill(worker.pid, 'SIGCONT');
  throw new Error('the fault did not bite: the worker held nothing');
};

const kill = async (...units: UnitFile[]): Promise<void> => {
  for (const { pid } of units) process.kill(pid, 'SIGKILL');
  const areGone = (): boolean => !units.some(isAlive);
  bit(await within(GONE, areGone, 1), `process ${units.map(({ pid }) => pid).join(', ')} survived`);
};

/** A unit whose worker dies three times running is quarantined, so each kill is to meet others. */
const untilFinished = async (world: World, ids: readonly string[]): Promise<void> => {
  const store = await world.store();
  const areFinished = async (): Promise<boolean> =>
    (await store.uows(ids)).every(({ state }) => state === 'PROCESSED');
  if (!(await within(PATIENCE, areFinished, 20))) throw new Error(`not finished again: ${ids.join(', ')}`);
};

const workerKilled: Fault = {
  name: 'worker killed',
  what: 'kill -9 of the worker while handlers run',
  on: ['embedded', 'servers'],
  bound: LIVING_BOX,
  times: { short: 3, long: 20 },
  work: (form) => ({ days: form === 'short' ? 12 : 60 }),
  inject: async (world) => {
    const store = await world.store();
    const { worker, held } = await frozenWorker(world);
    const end = await journalEnd(store);
    await kill(worker);
    const recovery = await took(() => nextRow(store, end, claimOf(held)));
    await untilFinished(world, held);
    await world.forgive('worker');
    return { recovery, proof: `process ${worker.pid} held ${held.length} units` };
  },
};

const schedulerKilled: Fault = {
  name: 'scheduler killed',
  what: 'kill -9 of the scheduler while jobs are on their way',
  on: ['embedded', 'servers'],
  bound: LIVING_BOX,
  times: { short: 3, long: 20 },
  work: (form) => ({ days: form === 'short' ? 12 : 60 }),
  inject: async (world) => {
    const store = await world.store();
    const scheduler = await world.unit('scheduler');
    await nextRow(store, await journalEnd(store), byScheduler);
    await kill(scheduler);
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, byScheduler));
    await world.forgive('scheduler');
    return { recovery, proof: `process ${scheduler.pid} had just written` };
  },
};

const allKilled: Fault = {
  name: 'all killed',
  what: 'kill -9 of supervisor, scheduler and worker at once, then a new start',
  on: ['embedded', 'servers'],
  bound: ALL_DEAD,
  times: { short: 1, long: 10 },
  work: (form) => ({ days: form === 'short' ? 8 : 60 }),
  inject: async (world) => {
    const [supervisor, scheduler] = [await world.unit('supervisor'), await world.unit('scheduler')];
    const { worker, held } = await frozenWorker(world);
    await world.letGo();
    await kill(supervisor, scheduler, worker);
    await world.run().ended;
    const recovery = await took(async () => {
      await world.start();
      await nextRow(await world.store(), 0, (row) => claimOf(held)(row) && row.attempt > 1);
    });
    await untilFinished(world, held);
    return {
      recovery,
      proof: `processes ${supervisor.pid}, ${scheduler.pid}, ${worker.pid} held ${held.length} units`,
    };
  },
};

export const kills: readonly Fault[] = [workerKilled, schedulerKilled, allKilled];
