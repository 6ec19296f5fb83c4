import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { bullFirings } from '../support/bull-schedulers.ts';
import { wallClock } from '../support/child.ts';
import { PATIENCE, fillWithTriggers, fire, withBox } from '../support/event-box.ts';
import type { Box, Firing } from '../support/event-box.ts';
import { importTriggers, waitingTriggers } from '../support/event-triggers.ts';
import { withTarget } from '../support/event-target.ts';
import type { EventTarget, Lateness } from '../support/event-target.ts';
import { usageOf } from '../support/process-tree.ts';
import type { Fsync } from '../support/redis.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Time in which the start gets done, ms. */
const SETTLE = 5_000;

interface Sizes {
  readonly loaded: number;
  readonly due: number;
  readonly imported: number;
  readonly rounds: number;
  /** Milliseconds for which a scheduler with nothing to do is watched, after as long a time in which V8 gives back its garbage. */
  readonly idle: number;
}

const sizesOf = ({ quick }: Surroundings): Sizes =>
  quick
    ? { loaded: 2_000, due: 500, imported: 2_000, rounds: 1, idle: 2_000 }
    : { loaded: 100_000, due: 5_000, imported: 20_000, rounds: 3, idle: 60_000 };

/** What a scheduler takes that has many triggers and nothing due. */
interface Footprint {
  /** From the start of the command to the first request, s. */
  readonly start: number;
  /** At rest, and at the most as it reads them. */
  readonly megabytes: number;
  readonly peak: number;
  readonly cpuPercent: number;
}

const footprintOf = async (
  { child, pids }: Box,
  target: EventTarget,
  { idle }: Sizes,
): Promise<Footprint> => {
  const [first] = await target.take(1, PATIENCE);
  if (first === undefined) throw new Error('the first delivery did not come');
  await sleep(SETTLE + idle);
  // In the minute after a start V8 collects what the start left behind.
  const { cpuSeconds: before } = usageOf(pids.scheduler);
  await sleep(idle);
  const { cpuSeconds, rssBytes, peakBytes } = usageOf(pids.scheduler);
  return {
    start: (first[1] - child.startedAt) / 1000,
    megabytes: rssBytes / 1e6,
    peak: peakBytes / 1e6,
    cpuPercent: ((cpuSeconds - before) / (idle / 1000)) * 100,
  };
};

/** Firings spread over a second, at one instant, and at one instant while others are imported; ours and those of the peers. */
interface Round {
  readonly even: Firing;
  readonly burst: Firing;
  readonly busy: Firing;
  /** Milliseconds that the import took. */
  readonly imported: number;
  readonly always: Record<'even' | 'burst', Lateness>;
  readonly everysec: Record<'even' | 'burst', Lateness>;
}

const measureRound = async (
  box: Box,
  target: EventTarget,
  { due, imported }: Sizes,
  round: number,
): Promise<Round> => {
  const peer = async (fsync: Fsync) => ({
    even: await bullFirings({ fsync, count: due, over: 1_000, target }),
    burst: await bullFirings({ fsync, count: due, over: 0, target }),
  });
  const even = await fire(box, target, { name: `even${round}`, count: due, over: 1_000 });
  const burst = await fire(box, target, { name: `burst${round}`, count: due, over: 0 });
  const more = waitingTriggers(imported, `import${round}`, wallClock(), target.url);
  let took = 0;
  const busy = await fire(box, target, { name: `busy${round}`, count: due, over: 0 }, async () => {
    const begun = wallClock();
    await importTriggers(box.dashboard, more);
    took = wallClock() - begun;
  });
  return {
    even,
    burst,
    busy,
    imported: took,
    always: await peer('always'),
    everysec: await peer('everysec'),
  };
};

/** The median over rounds of one number. */
type Of = (value: (round: Round) => number) => number;

/** What is told of firings: how many a second, and how late. */
const lateness = (
  name: string,
  how: Omit<Figure, 'name' | 'value' | 'unit'>,
  of: (value: (one: Lateness) => number) => number,
) => [
  { ...how, name: `${name}: deliveries`, value: of(({ rate }) => rate), unit: '/s' },
  { ...how, name: `${name}: late, p50`, value: of(({ median: middle }) => middle), unit: 'ms' },
  { ...how, name: `${name}: late, p99`, value: of(({ p99 }) => p99), unit: 'ms' },
];

const footprintFigures = ({ start, megabytes, peak, cpuPercent }: Footprint, loaded: string): Figure[] => {
  const how = `${loaded} event triggers, all schedules different, half of them cron`;
  const told = { durability: 'FULL (SQLite)', how };
  const figure = (name: string, value: number, unit: string, atMost: number): Figure => ({
    ...{ ...told, name, value, unit, target: { atMost } },
  });
  return [
    figure('start of the command to the first delivery', start, 's', 10),
    figure('memory of the scheduler (RSS), at rest', megabytes, 'MB', 200),
    { ...told, name: 'memory of the scheduler (RSS), at the most', value: peak, unit: 'MB' },
    figure('processor time of the scheduler at rest, nothing due', cpuPercent, '% of a core', 1),
  ];
};

const ownFigures = (of: Of, how: string, [due, imported]: readonly [string, string]): Figure[] => {
  const own = { durability: 'FULL (SQLite)', how };
  const evenly = `${due} due evenly within a second`;
  const atOnce = `${due} due at one instant`;
  const [rate, p50, p99] = lateness(evenly, own, (value) => of(({ even }) => value(even))) as [
    Figure,
    Figure,
    Figure,
  ];
  const handedOver = of(({ even }) => even.handedOver / 1000);
  const last = of(({ busy }) => busy.last / 1000);
  return [
    {
      ...own,
      name: `${evenly}: until all are with the worker`,
      value: handedOver,
      unit: 's',
      target: { atMost: 1 },
    },
    ...[rate, p50, { ...p99, target: { atMost: 50 } }],
    ...lateness(atOnce, own, (value) => of(({ burst }) => value(burst))),
    {
      ...own,
      name: `${atOnce}, while ${imported} are imported: until the last request`,
      value: last,
      unit: 's',
      target: { atMost: 2 },
    },
    {
      ...own,
      name: `import of ${imported} meanwhile`,
      value: of((round) => round.imported / 1000),
      unit: 's',
    },
    {
      ...own,
      name: 'processor time of a delivery, scheduler',
      value: of(({ burst }) => burst.scheduler),
      unit: 'ms',
    },
    {
      ...own,
      name: 'processor time of a delivery, worker',
      value: of(({ burst }) => burst.worker),
      unit: 'ms',
    },
  ];
};

const peerFigures = (of: Of, fsync: Fsync, due: string): Figure[] => {
  const how = {
    durability: `Redis, fsync ${fsync}`,
    how: 'job schedulers, and a worker that posts with fetch; medians',
  };
  const ratio = (name: string, value: number): Figure => ({
    ...how,
    name: `${name}, ours / BullMQ`,
    value,
    unit: 'x',
  });
  return [
    ...lateness(`BullMQ, ${due} due evenly`, how, (value) => of((round) => value(round[fsync].even))),
    ...lateness(`BullMQ, ${due} due at one instant`, how, (value) =>
      of((round) => value(round[fsync].burst)),
    ),
    ratio(
      'deliveries at one instant',
      of((round) => round.burst.rate / round[fsync].burst.rate),
    ),
    ratio(
      'late evenly, p99',
      of((round) => round.even.p99 / round[fsync].even.p99),
    ),
  ];
};

const figuresOf = (footprint: Footprint, rounds: readonly Round[], sizes: Sizes): Figure[] => {
  const text = (count: number): string => count.toLocaleString('en');
  const due = text(sizes.due);
  const of: Of = (value) => median(rounds.map(value));
  return [
    ...footprintFigures(footprint, text(sizes.loaded)),
    ...ownFigures(of, `median of ${rounds.length}`, [due, text(sizes.imported)]),
    ...peerFigures(of, 'always', due),
    ...peerFigures(of, 'everysec', due),
  ];
};

const run = (around: Surroundings): Promise<readonly Figure[]> => {
  const sizes = sizesOf(around);
  return withTarget((target) =>
    withTempFolder(async (folder) => {
      around.say(`a store with ${sizes.loaded.toLocaleString('en')} triggers`);
      await fillWithTriggers(folder, sizes.loaded, target.url);
      return withBox(folder, async (box) => {
        const footprint = await footprintOf(box, target, sizes);
        const rounds: Round[] = [];
        for (let round = 1; round <= sizes.rounds; round++) {
          around.say(`firings, round ${round} of ${sizes.rounds}`);
          rounds.push(await measureRound(box, target, sizes, round));
        }
        return figuresOf(footprint, rounds, sizes);
      });
    }),
  );
};

/** Thousands of event triggers beside what BullMQ makes of as many job schedulers. */
export const triggers: Measure = {
  name: 'triggers',
  summary: '100,000 event triggers, thousands of them due, and the same with job schedulers of BullMQ',
  run,
};
