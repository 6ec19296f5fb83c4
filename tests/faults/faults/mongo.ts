import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultyMongo } from '../../support/mongo-faults.ts';
import type { Fault as Strike, FaultyMongo } from '../../support/mongo-faults.ts';
import type { MongoServer } from '../../support/mongo-server.ts';
import { bit } from '../fault.ts';
import type { Fault, Form } from '../fault.ts';
import { allMove, busyWorker, connectionsTo } from '../moving.ts';
import { within } from '../processes.ts';
import { took } from '../recovery.ts';
import type { World } from '../world.ts';
import { onServers } from './on-servers.ts';
import type { Outage } from './on-servers.ts';

const mongoOf = ({ servers }: World): MongoServer => {
  if (servers === undefined) throw new Error('this world has no MongoDB');
  return servers.mongo;
};

/** The server goes away and comes back. */
const outage = ({ name, what, times, away, end }: Outage<MongoServer>): Fault => ({
  ...onServers,
  name,
  what,
  times,
  inject: async (world, form) => {
    const mongo = mongoOf(world);
    await busyWorker(world);
    // What is counted below is whom the fault is for.
    await world.letGo();
    const before = connectionsTo(mongo.port);
    await end(mongo);
    bit(before > 0 && connectionsTo(mongo.port) === 0, 'connections with MongoDB were not cut');
    await sleep(away[form]);
    bit(world.run().child.exitCode === null, 'the supervisor ended, and is not there to recover');
    await mongo.restart();
    const recovery = await took(() => allMove(world));
    return { recovery, proof: `${before} connections were cut` };
  },
});

const mongoKilled = outage({
  name: 'MongoDB killed',
  what: 'kill -9 of the server, which is started again after a while',
  times: { short: 1, long: 10 },
  away: { short: 5_000, long: 20_000 },
  end: (mongo) => mongo.kill(),
});

const mongoStopped = outage({
  name: 'MongoDB stopped',
  what: 'the server is stopped for longer than locks and leases last',
  times: { short: 1, long: 2 },
  away: { short: 20_000, long: 300_000 },
  end: (mongo) => mongo.stop(),
});

interface Strikes {
  readonly name: string;
  readonly what: string;
  readonly kinds: readonly Strike[];
  /** How often each kind is to strike. */
  readonly wanted: Readonly<Record<Form, number>>;
}

/** Share of the commands that are struck. */
const SHARE = 0.05;
/** After which a command is given up, ms. */
const COMMAND_TIMEOUT = 1_000;
/** Within which each kind strikes once, ms: after a refusal the driver rests for seconds. */
const PATIENCE = 60_000;

/** Commands on their way are struck, until each kind of strike has been seen often enough. */
const strikes = ({ name, what, kinds, wanted }: Strikes): Fault => {
  let faulty: FaultyMongo | undefined;
  const seen = (): readonly number[] => kinds.map((kind) => faulty?.struck[kind] ?? 0);
  return {
    ...onServers,
    name,
    what,
    times: { short: 1, long: 3 },
    detour: async ({ store, queue }, { mongo }) => {
      const database = new URL(store).pathname.slice(1);
      const options = { port: mongo.port, database, kinds, timeout: COMMAND_TIMEOUT };
      const opened = await startFaultyMongo({ ...options, share: 0 });
      faulty = opened;
      return { store: opened.url, queue, close: () => opened.close() };
    },
    inject: async (world, form) => {
      await busyWorker(world);
      const before = seen();
      const areEnough = (): boolean =>
        seen().every((count, index) => count >= (before[index] ?? 0) + wanted[form]);
      faulty?.strike(SHARE);
      const haveStruck = await within(PATIENCE * wanted[form], areEnough);
      faulty?.strike(0);
      bit(haveStruck, `seen: ${kinds.map((kind) => `${kind} ${faulty?.struck[kind]}`).join(', ')}`);
      const recovery = await took(() => allMove(world));
      return { recovery, proof: kinds.map((kind) => `${kind} ${faulty?.struck[kind]} times`).join(', ') };
    },
  };
};

const mongoRefuses = strikes({
  name: 'MongoDB refuses',
  what: 'it is not the primary, or cannot keep the write concern, for 5 % of the commands',
  kinds: ['not primary', 'write concern failed'],
  // After each, the driver takes seconds until it asks the server whether it is the primary again.
  wanted: { short: 1, long: 200 },
});

const mongoCut = strikes({
  name: 'MongoDB cut off',
  what: 'connections are cut before and after 5 % of the commands were carried out',
  kinds: ['cut before', 'cut after'],
  wanted: { short: 5, long: 200 },
});

const mongoLate = strikes({
  name: 'MongoDB late',
  what: '5 % of the commands time out, and are carried out',
  kinds: ['blocked'],
  wanted: { short: 5, long: 100 },
});

export const mongo: readonly Fault[] = [mongoKilled, mongoStopped, mongoRefuses, mongoCut, mongoLate];
