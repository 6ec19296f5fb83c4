import { openStore } from '../../db/registry.ts';
import { shiftedClock } from '../../domain/clock.ts';
import { openQueue } from '../../mq/registry.ts';
import { buildOwnScheduler } from '../support/own-scheduler.ts';
import { spans } from '../support/store.ts';
import type { Size } from '../support/store.ts';
import { AS_OF } from '../support/synergy.ts';
import { treesContext } from '../support/trees.ts';
import { systemClock } from '../../lib/system-clock.ts';

/** What the ticks over one store took. */
export interface TickResult {
  readonly nodes: number;
  readonly active: number;
  /** Of each tick of all processes, ms. */
  readonly turns: readonly number[];
}

// Puts a scheduler together over each store and lets all its triggers fire together, again and again, now over the one
// and now over the other; no worker is there. Arguments: number of ticks, then size and data folder of each store.

const WARM_UP = 20;

const clock = systemClock;

const openBench = async (dataDir: string, size: Size) => {
  const store = await openStore('embedded', { dataDir, clock });
  const queue = await openQueue('embedded', { dataDir, clock });
  const assembly = await buildOwnScheduler({
    ...{ context: treesContext(), store, queue, clock, start: spans[size] },
    timetableClock: shiftedClock(clock, AS_OF - Date.now()),
  });
  const { turnLoop, shared } = assembly.services;
  const levels = [...shared.timetable.levels.values()];
  const turns: number[] = [];
  let changed = 0;
  assembly.onTurn((keys) => (changed += keys.length));

  return {
    turn: async (): Promise<void> => {
      const begun = performance.now();
      for (const level of levels) turnLoop.tick(level);
      await turnLoop.report([]);
      turns.push(performance.now() - begun);
    },
    result: (): TickResult => {
      if (changed === 0) throw new Error('the ticks decided nothing');
      const nodes = levels.reduce((sum, level) => sum + level.size, 0);
      const active = levels.reduce((sum, level) => sum + level.active.size, 0);
      return { nodes, active, turns: turns.slice(WARM_UP) };
    },
    close: async (): Promise<void> => {
      await turnLoop.stop();
      await queue.close();
      await store.close();
    },
  };
};

const [ticks, ...stores] = process.argv.slice(2);
const benches: Awaited<ReturnType<typeof openBench>>[] = [];
for (let i = 0; i < stores.length; i += 2)
  benches.push(await openBench(stores[i + 1] ?? '', stores[i] as Size));
for (let i = 0; i < WARM_UP + Number(ticks); i++) for (const bench of benches) await bench.turn();
process.send?.(benches.map((bench) => bench.result()));
for (const bench of benches) await bench.close();
