import { openStore } from '../../db/registry.ts';
import { defineContext, freerunProcess } from '../../domain/model/define.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { openQueue } from '../../mq/registry.ts';
import { buildOwnScheduler } from '../support/own-scheduler.ts';

/** What became of entries that were due at one instant. */
export interface BurstResult {
  /** From the instant until the last unit of work was written and rung for, ms. */
  readonly late: number;
  /** Units that may begin before the instant. */
  readonly early: number;
  readonly units: number;
  /** Longest time for which other work of the turn loop had to wait meanwhile, ms. */
  readonly heldUp: number;
}

// A scheduler with entries that are all due at one instant; no worker is there. Arguments: number of entries, store, data folder.

const [count, url = 'embedded', dataDir = ''] = process.argv.slice(2);
const entries = Number(count);
/** For storing and arming them. */
const AHEAD = 5_000 + entries * (url === 'embedded' ? 1 : 8);

const clock = systemClock;
const instant = Math.ceil((clock.now() + AHEAD) / 1_000) * 1_000;

const context = defineContext({
  processes: [
    freerunProcess({
      name: 'Burst',
      identity: true,
      entries: Array.from({ length: entries }, (_, i) => ({
        name: `entry-${i}`,
        trigger: `iso R0/${new Date(instant).toISOString()}/PT1S`,
      })),
    }),
  ],
});

const store = await openStore(url, { dataDir, clock });
const queue = await openQueue('embedded', { dataDir, clock });
const { services } = await buildOwnScheduler({ context, store, queue, clock, start: instant - 3_600_000 });
await services.freerun.reconcile();
await services.freerun.start();
if (clock.now() > instant - 100)
  throw new Error('the instant came before the entries were armed: give it more time');

const all = new Promise<number>((resolve) => {
  const publish = queue.publish.bind(queue);
  let rung = 0;
  queue.publish = async (name, bodies) => {
    await publish(name, bodies);
    rung += bodies.length;
    if (rung === entries) resolve(clock.now());
  };
});
const burst = { isOver: false };
/** Asks for a turn again and again, as commands and reports do; returns the longest wait, ms. */
const askForTurns = async (): Promise<number> => {
  let longest = 0;
  while (!burst.isOver) {
    const begun = performance.now();
    await services.turnLoop.exclusive(() => Promise.resolve());
    longest = Math.max(longest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return longest;
};
await new Promise((resolve) => setTimeout(resolve, instant - 200 - clock.now()));
const waiting = askForTurns();
const ended = await all;
burst.isOver = true;
const units = await store.findUows({ processName: 'Burst', states: ['REQUESTED'], limit: 2 * entries });
const result: BurstResult = {
  late: ended - instant,
  early: units.filter(({ notBefore, createdAt }) => Math.max(notBefore ?? 0, createdAt) < instant).length,
  units: units.length,
  heldUp: await waiting,
};
process.send?.(result);
services.alarms.stop();
await services.turnLoop.stop();
await queue.close();
await store.close();
