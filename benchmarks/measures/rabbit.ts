import { median, quantile } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { ownRun } from '../support/own-run.ts';
import type { OwnRun } from '../support/own-run.ts';
import { askedWaits } from '../support/asked-waits.ts';
import { PAUSE, ownWaits } from '../support/own-waits.ts';
import { plainWaits } from '../support/plain-waits.ts';
import { withRabbit } from '../support/rabbit.ts';

const CONCURRENCY = 2_000;
/** Firings before which everything is loaded, compiled and cached. */
const WARM_UP = 20;
const DURABILITY = 'FULL, quorum queues';

const run = ({ quick, say }: Surroundings): Promise<readonly Figure[]> =>
  withRabbit(async (vhost) => {
    const jobs = quick ? 5_000 : 100_000;
    const runs = quick ? 1 : 3;
    const own: OwnRun[] = [];
    for (let round = 0; round < runs; round++) {
      own.push(await ownRun({ jobs, concurrency: CONCURRENCY, queue: await vhost() }));
      say(`round ${round + 1} of ${runs}: ${own.at(-1)?.rate.toFixed(0)} lifecycles/s`);
    }
    const firings = WARM_UP + (quick ? 20 : 240);
    const waits = (await ownWaits(firings, { SYNERGY_QUEUE: await vhost() })).slice(WARM_UP);
    const asked = (await askedWaits(firings, { SYNERGY_QUEUE: await vhost() })).slice(WARM_UP);
    const plain = (await plainWaits(firings, await vhost())).slice(WARM_UP);
    const about = { unit: 'ms', durability: DURABILITY } as const;
    const wait = (share: number, target?: Figure['target']): Figure => ({
      name: `planned instant to handler start, p${share * 100}`,
      value: quantile(waits, share),
      ...about,
      how: `${waits.length} firings, ${PAUSE} ms apart; prepared ahead, started on the instant`,
      ...(target === undefined ? {} : { target }),
    });
    return [
      {
        name: 'managed lifecycles, first request to last finish',
        value: median(own.map(({ rate }) => rate)),
        unit: '/s',
        durability: DURABILITY,
        how: `${jobs.toLocaleString('en')} jobs, median of ${runs}; identity worker, concurrency ${CONCURRENCY}; embedded store`,
        target: { atLeast: 5_000 },
      },
      wait(0.5, { atMost: 4 }),
      wait(0.99),
      {
        name: 'command over HTTP to handler start, p50',
        value: quantile(asked, 0.5),
        ...about,
        how: `${asked.length} firings, ${PAUSE} ms apart; with the command and its outcome on record`,
      },
      {
        name: 'the least for a firing that is not prepared, p50',
        value: quantile(plain, 0.5),
        ...about,
        how: 'a flushed row, a message through a quorum queue, a flushed change, by hand and in one process',
      },
    ];
  });

export const rabbit: Measure = {
  name: 'rabbit',
  summary: 'the same through RabbitMQ, on the embedded store',
  run,
};
