import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { agendaRate } from '../support/agenda.ts';
import { mongoCeiling } from '../support/mongo-ceiling.ts';
import { withMongo } from '../support/mongo.ts';
import { ownRun } from '../support/own-run.ts';

const CONCURRENCY = 500;
/** What the plain calls and Agenda are tried with before the runs; each takes its best. */
const CEILING_CANDIDATES = [
  { batch: 100, streams: 2 },
  { batch: 200, streams: 2 },
  { batch: 200, streams: 4 },
  { batch: 500, streams: 2 },
];
/** Short pauses suit a handful of jobs; with hundreds they flood the server with looks that find nothing. */
const AGENDA_CANDIDATES = [
  { concurrency: 20, pause: 500 },
  { concurrency: 20, pause: 1_000 },
  { concurrency: 100, pause: 1_000 },
  { concurrency: 100, pause: 2_000 },
];

const DURABILITY = 'majority, journaled';

/** The candidate with the highest rate. */
const best = async <C>(candidates: readonly C[], rateOf: (candidate: C) => Promise<number>): Promise<C> => {
  const tried: { candidate: C; rate: number }[] = [];
  for (const candidate of candidates) tried.push({ candidate, rate: await rateOf(candidate) });
  return tried.reduce((winner, next) => (next.rate > winner.rate ? next : winner)).candidate;
};

/** Each on a server of its own: the stand-in for tests grows slower with everything that was ever written to it. */
const onItsOwn = <T>(use: (url: string) => Promise<T>): Promise<T> =>
  withMongo((database) => use(database()));

const run = async ({ quick, say }: Surroundings): Promise<readonly Figure[]> => {
  const jobs = quick ? 500 : 2_000;
  const runs = quick ? 1 : 3;
  const ceiling = await best(CEILING_CANDIDATES, (candidate) =>
    onItsOwn((url) => mongoCeiling({ ...candidate, url, jobs: jobs / 2 })),
  );
  const tuned = await best(AGENDA_CANDIDATES, (candidate) =>
    onItsOwn((url) => agendaRate({ ...candidate, url, jobs: jobs / 10 })),
  );
  say(
    `plain calls: best in ${ceiling.streams} streams of ${ceiling.batch}; Agenda: at concurrency ${tuned.concurrency}, looking every ${tuned.pause} ms`,
  );
  const own: number[] = [];
  const plain: number[] = [];
  const agenda: number[] = [];
  const steps = [
    async (url: string) => void own.push((await ownRun({ jobs, concurrency: CONCURRENCY, store: url })).rate),
    async (url: string) => void plain.push(await mongoCeiling({ ...ceiling, url, jobs })),
    async (url: string) => void agenda.push(await agendaRate({ ...tuned, url, jobs: jobs / 10 })),
  ];
  for (let round = 0; round < runs; round++) {
    // Every other round in the opposite order, so that none always runs on the warmer machine.
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) await onItsOwn(step);
    say(`round ${round + 1} of ${runs}: ${own.at(-1)?.toFixed(0)} lifecycles/s`);
  }
  const rate = (name: string, rates: readonly number[], how: string): Figure => ({
    name,
    value: median(rates),
    unit: '/s',
    durability: DURABILITY,
    how: `${how}; median of ${runs}`,
  });
  const ratio = (name: string, others: readonly number[], atLeast: number): Figure => ({
    name,
    value: median(own.map((each, round) => each / (others[round] ?? NaN))),
    unit: 'x',
    durability: DURABILITY,
    how: 'median of the rounds, which alternate in their order',
    target: { atLeast },
  });
  const count = (size: number): string => size.toLocaleString('en');
  return [
    rate(
      'managed lifecycles, first request to last finish',
      own,
      `${count(jobs)} jobs, identity worker, concurrency ${CONCURRENCY}, embedded queue`,
    ),
    rate(
      'the same writes as plain calls of the driver',
      plain,
      `${count(jobs)} lifecycles, ${ceiling.streams} streams of ${ceiling.batch}, the best of ${CEILING_CANDIDATES.length} arrangements`,
    ),
    ratio('ours / plain calls', plain, 0.7),
    rate(
      'Agenda jobs, first add to last completed',
      agenda,
      `${count(jobs / 10)} jobs, concurrency ${tuned.concurrency}, a look every ${count(tuned.pause)} ms, the best of ${AGENDA_CANDIDATES.length} arrangements`,
    ),
    ratio('ours / Agenda', agenda, 3),
  ];
};

export const mongo: Measure = {
  name: 'mongo',
  summary: 'the same on MongoDB, beside plain calls of its driver and Agenda',
  run,
};
