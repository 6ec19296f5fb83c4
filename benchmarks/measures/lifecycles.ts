import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { bullRate } from '../support/bullmq.ts';
import { withRedis } from '../support/redis.ts';
import type { Fsync } from '../support/redis.ts';
import { ownRun } from '../support/own-run.ts';
import type { OwnRun } from '../support/own-run.ts';

/** Ours; the best of 500, 1,000, 2,000 and 4,000. */
const CONCURRENCY = 2_000;
/** What BullMQ is tried with before the runs; they take its best. */
const CANDIDATES = [50, 100, 200, 400, 800];

/** Records, results and rings are on the disk before they count; that a message was taken may be forgotten. */
const FULL = 'FULL (SQLite)';

const peerRun = (fsync: Fsync, jobs: number, concurrency: number): Promise<number> =>
  withRedis(fsync, (port) => bullRate({ port, jobs, concurrency }));

/** Every candidate has two tries, so that no hiccup of the machine decides. */
const bestConcurrency = async (fsync: Fsync, jobs: number): Promise<number> => {
  const tried: { concurrency: number; rate: number }[] = [];
  for (const concurrency of [...CANDIDATES, ...CANDIDATES])
    tried.push({ concurrency, rate: await peerRun(fsync, jobs, concurrency) });
  return tried.reduce((best, next) => (next.rate > best.rate ? next : best)).concurrency;
};

const peers: readonly Fsync[] = ['always', 'everysec'];

const run = async ({ quick, say }: Surroundings): Promise<readonly Figure[]> => {
  const jobs = quick ? 5_000 : 100_000;
  const runs = quick ? 1 : 3;
  const own: OwnRun[] = [];
  const theirs = peers.map((fsync) => ({ fsync, concurrency: 0, rates: [] as number[] }));
  for (const peer of theirs) {
    peer.concurrency = await bestConcurrency(peer.fsync, jobs / 5);
    say(`BullMQ, fsync ${peer.fsync}: best at concurrency ${peer.concurrency}`);
  }
  const steps = [
    async () => void own.push(await ownRun({ jobs, concurrency: CONCURRENCY })),
    ...theirs.map(
      (peer) => async () => void peer.rates.push(await peerRun(peer.fsync, jobs, peer.concurrency)),
    ),
  ];
  for (let round = 0; round < runs; round++) {
    // Every other round in the opposite order, so that none always runs on the warmer machine.
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) await step();
    say(`round ${round + 1} of ${runs}: ${own.at(-1)?.rate.toFixed(0)} lifecycles/s`);
  }
  const rate = median(own.map((each) => each.rate));
  const how = `${jobs.toLocaleString('en')} jobs, median of ${runs}`;
  const figures: Figure[] = [
    {
      name: 'managed lifecycles, first request to last finish',
      value: rate,
      unit: '/s',
      durability: FULL,
      how: `${how}; identity worker, concurrency ${CONCURRENCY}`,
      target: { atLeast: 5_000 },
    },
    {
      name: 'the same with start and stop of the command',
      value: median(own.map((each) => each.withStart)),
      unit: '/s',
      durability: FULL,
      how,
    },
  ];
  for (const { fsync, concurrency, rates } of theirs) {
    const durability = `Redis fsync ${fsync}`;
    const peer = median(rates);
    figures.push(
      {
        name: 'BullMQ jobs, first add to last completed',
        value: peer,
        unit: '/s',
        durability,
        how: `${how}; concurrency ${concurrency}, its best of ${CANDIDATES.join(', ')}`,
      },
      {
        name: `ours / BullMQ`,
        value: median(own.map((each, round) => each.rate / (rates[round] ?? NaN))),
        unit: 'x',
        durability: `FULL / fsync ${fsync}`,
        how: 'median of the rounds, which alternate in their order',
        ...(fsync === 'always' ? { target: { atLeast: 0.8 } } : {}),
      },
    );
  }
  return figures;
};

export const lifecycles: Measure = {
  name: 'lifecycles',
  summary: 'jobs from request to finish, beside BullMQ',
  run,
};
