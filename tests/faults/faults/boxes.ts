import { MongoClient } from 'mongodb';
import { LOCK } from '../../../db/mongo/lock.ts';
import { STANDBY_AGE } from '../../../mx/http/stand-by.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { bit } from '../fault.ts';
import type { Fault, Form } from '../fault.ts';
import { floods, wasLogged } from '../logs.ts';
import { allMove, busyWorker } from '../moving.ts';
import { within } from '../processes.ts';
import { took } from '../recovery.ts';
import { kill } from '../strike.ts';
import type { ServiceName, World } from '../world.ts';
import { createWorld } from '../world.ts';

const BOUND = 30_000;
const SOON = 60_000;
const MOST_LINES = 12;

const services = ['supervisor', 'scheduler', 'worker'] as const satisfies readonly ServiceName[];

const common = {
  on: ['servers'],
  bound: BOUND,
  times: { short: 1, long: 5 },
  work: (form: Form) => ({ days: form === 'short' ? 6 : 30, settings: { boxId: 'first' } }),
} as const;

/** Whether the scheduler of a box is the one at work, by its dashboard. */
const isAtWork = async (world: World): Promise<boolean> => {
  const answer = await fetch(`http://127.0.0.1:${world.settings.mxPort}/`).catch(() => undefined);
  return answer?.ok === true && !answer.headers.has(STANDBY_AGE);
};

/** Starts a second box beside a world whose scheduler is at work, has it suffer what `work` does, and stops it. */
const withSecondBox = async <T>(world: World, work: (second: World) => Promise<T>): Promise<T> => {
  const { place, servers, workload } = world;
  const settings = { ...workload.settings, boxId: 'second' };
  const second = await createWorld({ place, servers, workload: { ...workload, settings }, beside: world });
  try {
    await second.start();
    bit(!(await isAtWork(second)), 'the second box found no scheduler at work');
    const result = await work(second);
    second.run().child.kill('SIGINT');
    await second.run().ended;
    // Its scheduler is to be the one at work again, as before.
    if (!(await within(SOON, () => isAtWork(world), 50))) throw new Error('the first box does not take over');
    return result;
  } finally {
    await second.close();
  }
};

/** Both boxes are on this machine. That the first one's processes are gone is not to be seen from the second one. */
const putElsewhere = async ({ direct }: World): Promise<void> => {
  const client = await MongoClient.connect(direct.store, { directConnection: true });
  try {
    await client
      .db()
      .collection(LOCK)
      .updateMany({}, { $set: { machine: 'elsewhere' } });
  } finally {
    await client.close();
  }
};

const boxGone: Fault = {
  ...common,
  name: 'box gone',
  what: 'kill -9 of everything on the box whose scheduler is at work; another box is there',
  inject: (world) =>
    withSecondBox(world, async () => {
      await putElsewhere(world);
      const { owner } = await busyWorker(world);
      await kill(...(await Promise.all(services.map((name) => world.service(name)))));
      const held = await world.held(owner);
      bit(held.length > 0, 'the worker of the box held nothing');
      const recovery = await took(() => allMove(world, held));
      await world.run().ended;
      await world.start();
      return { recovery, proof: `the box held ${held.length} units` };
    }),
  verify: (world, injections) => Promise.resolve(floods(world, MOST_LINES * injections.length)),
};

const leaderCutOff = (): Fault => {
  let proxy: TcpProxy | undefined;
  return {
    ...common,
    name: 'leader cut off',
    // It takes most of a minute; tests/scheduler/takeover.int.ts has the heart of it.
    longOnly: ['servers'],
    what: 'the box at work loses MongoDB until another one has taken over; what it sent comes late',
    detour: async ({ store, queue }, { mongo }) => {
      const opened = await startTcpProxy(mongo.port);
      proxy = opened;
      const address = new URL(store);
      address.port = String(opened.port);
      address.searchParams.set('directConnection', 'true');
      return { store: address.href, queue, close: () => opened.close() };
    },
    inject: (world) =>
      withSecondBox(world, async (second) => {
        const store = await world.store();
        await busyWorker(world);
        const from = Date.now();
        const before = await store.latestEpoch();
        proxy?.swallow();
        bit(await within(SOON, () => isAtWork(second), 50), 'the other box has not taken over');
        const taken = Date.now() - from;
        await allMove(second);
        proxy?.resume();
        const isTold = (): boolean => wasLogged(world, /another scheduler has taken over/, from);
        const recovery = await took(() => allMove(world));
        bit(await within(SOON, isTold), 'the first scheduler was not deposed');
        bit((await store.latestEpoch()) > before, 'no epoch has begun');
        return { recovery, proof: `taken over after ${taken} ms, and the first one was deposed` };
      }),
    verify: (world, injections) => Promise.resolve(floods(world, MOST_LINES * injections.length)),
  };
};

export const boxes: readonly Fault[] = [boxGone, leaderCutOff()];
