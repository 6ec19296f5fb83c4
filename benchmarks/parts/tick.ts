import { openStore } from '../../db/registry.ts';
import { shiftedClock } from '../../domain/clock.ts';
import { openQueue } from '../../mq/registry.ts';
import { assemble } from '../../scheduler/assemble.ts';
import { AS_OF } from '../support/synergy.ts';
import { treesContext } from '../support/trees.ts';

export interface TickResult {
  readonly nodes: number;
  readonly active: number;
  /** Of each tick of all processes, ms. */
  readonly turns: readonly number[];
}

// Puts a scheduler together over a store and lets all its triggers fire together, again and again; no worker is
// there. Arguments: data folder, start of the trees (ms), number of ticks.

const WARM_UP = 20;

const [dataDir = '', start, ticks] = process.argv.slice(2);
const clock = { now: () => Date.now() };
const store = await openStore('embedded', { dataDir, clock });
const queue = await openQueue('embedded', { dataDir, clock });
const silent = (): void => undefined;
const { parts } = await assemble(
  {
    context: treesContext(),
    store,
    queue,
    clock,
    timetableClock: shiftedClock(clock, AS_OF - Date.now()),
    start: Number(start),
    limits: { sweepInterval: 1e4, resubmitAfter: 1e4, lifeSupport: 1e9, maxCrashes: 3, logTtl: 1e9 },
    log: { info: silent, warn: silent, error: silent },
  },
  () => false,
);
const { conductor, kernel } = parts;
const levels = [...kernel.timetable.levels.values()];

const turn = async (): Promise<number> => {
  const begun = performance.now();
  for (const level of levels) conductor.tick(level);
  await conductor.report([]);
  return performance.now() - begun;
};

const turns: number[] = [];
for (let i = 0; i < WARM_UP + Number(ticks); i++) turns.push(await turn());
const sum = (count: (level: (typeof levels)[number]) => number): number =>
  levels.reduce((total, level) => total + count(level), 0);
process.send?.({
  nodes: sum(({ size }) => size),
  active: sum(({ active }) => active.size),
  turns: turns.slice(WARM_UP),
} satisfies TickResult);
await conductor.stop();
await queue.close();
await store.close();
