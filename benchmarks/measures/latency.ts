import { quantile } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { bullWaits } from '../support/bullmq.ts';
import { askedWaits } from '../support/asked-waits.ts';
import { PAUSE, ownWaits } from '../support/own-waits.ts';
import { withRedis } from '../support/redis.ts';

/** Firings before which everything is loaded, compiled and cached. */
const WARM_UP = 20;

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
  const asked = await askedWaits(firings);
  const peer = await withRedis('always', (port) =>
    bullWaits({ port, jobs: firings, concurrency: 1, pause: PAUSE }),
  );
  const how = `${firings - WARM_UP} firings, ${PAUSE} ms apart`;
  return [
    ...figuresOf(
      'planned instant to handler start',
      own,
      { durability: 'FULL (SQLite)', how: `${how}; prepared ahead, started on the instant` },
      [{ atMost: 3 }],
    ),
    ...figuresOf('command over HTTP to handler start', asked, {
      durability: 'FULL (SQLite)',
      how: `${how}; with the command and its outcome on record`,
    }),
    ...figuresOf('BullMQ, add to processor start', peer, { durability: 'Redis fsync always', how }),
  ];
};

export const latency: Measure = {
  name: 'latency',
  summary: 'trigger to handler start while idle, beside BullMQ',
  run,
};
