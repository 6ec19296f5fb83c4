import { setTimeout as sleep } from 'node:timers/promises';
import type { TransitionRecord } from '../../../domain/model/record.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { byScheduler, claimOf, journalEnd, nextRow, took } from '../recovery.ts';
import { freezeWorker, kill, untilProcessed } from '../strike.ts';
import { daysFor, jobsOf } from '../workload.ts';
import type { World } from '../world.ts';

/** On a living box the supervisor sees the death at once. */
const LIVING_BOX = 3_000;
const ALL_DEAD = 60_000;

const workerKilled: Fault = {
  name: 'worker killed',
  what: 'kill -9 of the worker while handlers run',
  on: ['embedded', 'servers'],
  bound: LIVING_BOX,
  times: { short: 3, long: 20 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world) => {
    const store = await world.store();
    const { worker, held } = await freezeWorker(world);
    const end = await journalEnd(store);
    await kill(worker);
    // A claim of its own may be journaled after its death, by who finds it half done.
    const isNew = ({ actor }: TransitionRecord): boolean => actor !== `worker ${worker.owner}`;
    const recovery = await took(() => nextRow(store, end, (row) => claimOf(held)(row) && isNew(row)));
    await untilProcessed(world, held);
    await world.forgive('worker');
    return { recovery, proof: `process ${worker.pid} held ${held.length} units` };
  },
};

/** Kills the scheduler and waits for its successor to write. */
const killScheduler = async (world: World): Promise<{ recovery: number; pid: number }> => {
  const store = await world.store();
  const scheduler = await world.service('scheduler');
  await kill(scheduler);
  const end = await journalEnd(store);
  const recovery = await took(() => nextRow(store, end, byScheduler));
  return { recovery, pid: scheduler.pid };
};

const schedulerKilled: Fault = {
  name: 'scheduler killed',
  what: 'kill -9 of the scheduler while jobs are on their way',
  on: ['embedded', 'servers'],
  bound: LIVING_BOX,
  times: { short: 3, long: 20 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world) => {
    const store = await world.store();
    await nextRow(store, await journalEnd(store), byScheduler);
    const { recovery, pid } = await killScheduler(world);
    await world.forgive('scheduler');
    return { recovery, proof: `process ${pid} had just written` };
  },
};

const names = ['supervisor', 'scheduler', 'worker'] as const;

const supervisorKilled: Fault = {
  name: 'supervisor killed',
  what: 'kill -9 of the supervisor alone: its services go on, and a new one takes them over',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: LIVING_BOX,
  times: { short: 2, long: 10 },
  // What runs is taken over by a supervisor of the same settings; another `asOf` would be another.
  work: (form, place) => ({ days: daysFor(form, place), isNow: true }),
  inject: async (world) => {
    const store = await world.store();
    const [supervisor, ...services] = await Promise.all(names.map((name) => world.service(name)));
    await kill(supervisor!);
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, ({ event }) => event === 'claim'));
    await world.start();
    const now = await Promise.all(names.map((name) => world.service(name)));
    const strangers = services.filter(({ pid }) => !now.some((service) => service.pid === pid));
    if (strangers.length > 0)
      throw new Error(`not taken over: ${strangers.map(({ service }) => service).join(', ')}`);
    return { recovery, proof: `process ${supervisor!.pid} was gone, its services went on` };
  },
};

const allKilled: Fault = {
  name: 'all killed',
  what: 'kill -9 of supervisor, scheduler and worker at once, then a new start',
  on: ['embedded', 'servers'],
  bound: ALL_DEAD,
  times: { short: 1, long: 10 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world) => {
    const [supervisor, scheduler] = [await world.service('supervisor'), await world.service('scheduler')];
    const { worker, held } = await freezeWorker(world);
    // A store that another process holds open is not recovered as one is that none does.
    await world.letGo();
    await kill(supervisor, scheduler, worker);
    await world.run().ended;
    const recovery = await took(async () => {
      await world.start();
      await nextRow(await world.store(), 0, (row) => claimOf(held)(row) && row.attempt > 1);
    });
    await untilProcessed(world, held);
    const pids = [supervisor, scheduler, worker].map(({ pid }) => pid);
    return { recovery, proof: `processes ${pids.join(', ')} held ${held.length} units` };
  },
};

/** Pauses between kills of the random run, ms. */
const SOONEST = { short: 300, long: 2_000 } as const;
const LATEST = { short: 3_000, long: 8_000 } as const;

const victims = ['worker', 'worker', 'scheduler', 'both'] as const;

const randomKills: Fault = {
  name: 'random kills',
  what: 'kill -9 of worker and scheduler at random, all the time while units are worked on',
  on: ['embedded', 'servers'],
  longOnly: ['servers'],
  bound: ALL_DEAD,
  times: { short: 8, long: 5_000 },
  // How often a unit is struck is left to chance: quarantine is for those that strike their worker.
  work: (form, place) => ({
    days: form === 'short' ? 61 : 2_040,
    // Hours in order would take the servers of the tests a day.
    ...(place === 'servers' ? { concurrency: 64, isUnordered: true } : { concurrency: 16 }),
    settings: { maxCrashes: 100 },
  }),
  inject: async (world, form) => {
    const store = await world.store();
    await sleep(SOONEST[form] + Math.random() * (LATEST[form] - SOONEST[form]));
    const victim = victims[Math.floor(Math.random() * victims.length)] ?? 'both';
    const names = victim === 'both' ? (['worker', 'scheduler'] as const) : [victim];
    const services = await Promise.all(names.map((name) => world.service(name)));
    await kill(...services);
    const end = await journalEnd(store);
    const moved = names.map((name) =>
      nextRow(store, end, name === 'worker' ? ({ event }) => event === 'claim' : byScheduler),
    );
    const recovery = await took(() => Promise.all(moved));
    await Promise.all(names.map((name) => world.forgive(name)));
    return {
      recovery,
      proof: `killed: ${services.map(({ service, pid }) => `${service} ${pid}`).join(', ')}`,
    };
  },
  isOver: async (world) => {
    const { PROCESSED } = await (await world.store()).countUows();
    return PROCESSED >= jobsOf(world.workload);
  },
  verify: async (world) => {
    const processed = await (await world.store()).findUows({ states: ['PROCESSED'] });
    const struck = processed.filter(({ attempt }) => attempt > 1).length;
    bit(struck > 0, 'no unit was struck');
    return [];
  },
};

export const kills: readonly Fault[] = [
  workerKilled,
  schedulerKilled,
  supervisorKilled,
  allKilled,
  randomKills,
];
