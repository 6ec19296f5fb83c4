import { startTcpProxy } from '../../support/tcp-proxy.ts';
import type { TcpProxy } from '../../support/tcp-proxy.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { within } from '../processes.ts';
import { claimOf, nextRow, took } from '../recovery.ts';
import { kill, untilProcessed } from '../strike.ts';
import { byWayOf } from '../servers.ts';

const BOUND = 30_000;
const SOON = 20_000;

/** Units that were requested, and nobody was rung for. */
const betweenRowAndRing = (): Fault => {
  let proxy: TcpProxy | undefined;
  return {
    name: 'between row and ring',
    what: 'the scheduler is killed when units are in the store and their rings not in the queue',
    // Store and queue of the embedded kind take both in one commit.
    on: ['servers'],
    bound: BOUND,
    times: { short: 1, long: 10 },
    work: (form) => ({ days: form === 'short' ? 4 : 40 }),
    detour: async ({ store, queue }, { rabbit }) => {
      const opened = await startTcpProxy(rabbit.port);
      proxy = opened;
      return { store, queue: byWayOf(opened, queue), close: () => opened.close() };
    },
    inject: async (world) => {
      const store = await world.store();
      const scheduler = await world.unit('scheduler');
      const before = new Set((await store.findUows({})).map(({ id }) => id));
      proxy?.swallow();
      let silent: string[] = [];
      const areThere = async (): Promise<boolean> => {
        const waiting = await store.findUows({ states: ['REQUESTED'] });
        silent = waiting.map(({ id }) => id).filter((id) => !before.has(id));
        return silent.length > 0;
      };
      bit(await within(SOON, areThere, 20), 'nothing was requested');
      await kill(scheduler);
      proxy?.heal();
      // What was swallowed is gone with its connections, and is not sent any more.
      proxy?.cut();
      const recovery = await took(() => nextRow(store, 0, claimOf(silent)));
      await untilProcessed(world, silent);
      await world.forgive('scheduler');
      return { recovery, proof: `${silent.length} units were requested, and no ring of theirs came through` };
    },
  };
};

export const rings: readonly Fault[] = [betweenRowAndRing()];
