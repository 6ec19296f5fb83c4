import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../figure.ts';
import { startModule, wallClock } from './child.ts';

/** The planned instant of a request and the one at which it arrived, ms. */
export type Arrival = readonly [planned: number, at: number];

/** Time between two looks at how many have come, ms: what comes meanwhile is to be disturbed little. */
const LOOK_EVERY = 250;

/** A local HTTP server in a process of its own that takes whatever is posted to it. */
export const withTarget = async <T>(use: (target: EventTarget) => Promise<T>): Promise<T> => {
  const child = await startModule('parts/event-target.ts', []);
  try {
    const port = (await child.message()) as number;
    const ask = async (path: string): Promise<unknown> =>
      (await fetch(`http://127.0.0.1:${port}/${path}`)).json();
    return await use({
      url: `http://127.0.0.1:${port}/hook`,
      take: async (count, patience) => {
        const end = wallClock() + patience;
        while (((await ask('count')) as number) < count && wallClock() < end) await sleep(LOOK_EVERY);
        return (await ask('seen')) as readonly Arrival[];
      },
    });
  } finally {
    await child.end();
  }
};

export interface EventTarget {
  readonly url: string;
  /** What has come since the last call, once there are so many, or the patience (ms) is over. */
  readonly take: (count: number, patience: number) => Promise<readonly Arrival[]>;
}

/** How late requests came. */
export interface Lateness {
  readonly count: number;
  /** Requests a second, from the first planned instant to the last arrival. */
  readonly rate: number;
  readonly median: number;
  readonly p99: number;
  /** From the last planned instant to the last arrival, ms. */
  readonly last: number;
}

/** Throws unless every one of the planned requests came once. */
export const latenessOf = (arrivals: readonly Arrival[], expected: number): Lateness => {
  if (arrivals.length !== expected) throw new Error(`${arrivals.length} of ${expected} requests came`);
  const late = arrivals.map(([planned, at]) => at - planned);
  const early = late.filter((ms) => ms < 0).length;
  if (early > 0) throw new Error(`${early} requests came before their instants`);
  const instants = arrivals.map(([planned]) => planned);
  const [first, end] = [Math.min(...instants), Math.max(...arrivals.map(([, at]) => at))];
  return {
    count: expected,
    rate: expected / ((end - first) / 1000),
    median: quantile(late, 0.5),
    p99: quantile(late, 0.99),
    last: end - Math.max(...instants),
  };
};
