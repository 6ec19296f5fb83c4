import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { bullWaits } from '../support/bullmq.ts';
import { withRedis } from '../support/redis.ts';
import { startSynergy } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

const PAUSE = 250;
/** Firings before which everything is loaded, compiled and cached. */
const WARM_UP = 20;
/** Longest wait for all firings beyond their planned time, ms. */
const PATIENCE = 60_000;

/** Milliseconds from planned instants to the starts of the handler. */
const ownWaits = (firings: number): Promise<readonly number[]> =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'firings');
    const child = await startSynergy({ folder, context: 'firings.ts', environment: { BENCH_FIRINGS: file } });
    const read = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    try {
      const deadline = Date.now() + firings * PAUSE + PATIENCE;
      while (read().length < firings) {
        if (Date.now() > deadline) throw new Error(`expected ${firings} firings, saw ${read().length}`);
        await Promise.race([sleep(1_000), child.early()]);
      }
    } finally {
      await child.end();
    }
    return read().slice(0, firings).map(Number);
  });

const figuresOf = (
  who: string,
  waits: readonly number[],
  about: Pick<Figure, 'durability' | 'how'>,
  targets: readonly Figure['target'][] = [],
): Figure[] =>
  [0.5, 0.99].map((share, i) => {
    const target = targets[i];
    return {
      name: `${who}, p${share * 100}`,
      value: quantile(waits.slice(WARM_UP), share),
      unit: 'ms',
      ...about,
      ...(target === undefined ? {} : { target }),
    };
  });

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const firings = WARM_UP + (quick ? 20 : 240);
  const own = await ownWaits(firings);
  const peer = await withRedis('always', (port) =>
    bullWaits({ port, jobs: firings, concurrency: 1, pause: PAUSE }),
  );
  const how = `${firings - WARM_UP} firings, ${PAUSE} ms apart`;
  return [
    ...figuresOf(
      'planned instant to handler start',
      own,
      { durability: 'FULL (SQLite)', how: `${how}; includes the lateness of the timer` },
      [{ atMost: 3 }],
    ),
    ...figuresOf('BullMQ, add to processor start', peer, { durability: 'Redis fsync always', how }),
  ];
};

export const latency: Measure = {
  name: 'latency',
  summary: 'trigger to handler start while idle, beside BullMQ',
  run,
};
