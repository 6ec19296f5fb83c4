import type { UowRecord } from '../../../domain/model/record.ts';
import { bit } from '../fault.ts';
import type { Fault, Form } from '../fault.ts';
import { within } from '../processes.ts';
import type { Workload } from '../workload.ts';
import { createWorld } from '../world.ts';
import type { World } from '../world.ts';

const BOUND = 60_000;
const CRASHES = 3;
const LONGEST = 30 * 60_000;
/** How much longer than without poison the others may take. */
const FACTOR = 2;

const scale = {
  short: { days: 42, every: 200, concurrency: 4 },
  long: { days: 417, every: 200, concurrency: 8 },
} as const;

const expected = ({ days, every }: (typeof scale)[Form]): number => Math.floor((days * 24) / every);

const hoursOf = async (world: World): Promise<UowRecord[]> =>
  (await world.store()).findUows({ processName: 'Hour' });

/** How long units took, the 99th of a hundred, ms. */
interface Delays {
  /** From the start of all, when every period was due, to the end: how late a period is to its users. */
  readonly late: number;
  /** From the request to the end: those that ran beside the first poison unit when it struck run again. */
  readonly requested: number;
}

const p99 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

const delaysOf = (uows: readonly UowRecord[]): Delays => {
  const ended = uows.filter(({ state }) => state === 'PROCESSED');
  const begun = Math.min(...ended.map(({ createdAt }) => createdAt));
  const after = (from: (uow: UowRecord) => number): number =>
    Math.round(p99(ended.map((uow) => (uow.finishedAt ?? Infinity) - from(uow))));
  return { late: after(() => begun), requested: after(({ createdAt }) => createdAt) };
};

const isPoison = ({ state, crashes, error }: UowRecord): boolean =>
  state === 'INVALID' && crashes === CRASHES && error?.startsWith('poison') === true;

/** The same work without poison, on the same box at the same time. */
const measureHealthy = async ({ days, concurrency }: Workload): Promise<Delays> => {
  const workload = { days, ...(concurrency !== undefined && { concurrency }) };
  const world = await createWorld({ place: 'embedded', servers: undefined, workload });
  try {
    await world.start();
    await world.finish();
    return delaysOf(await hoursOf(world));
  } finally {
    await world.close();
  }
};

/** Waits until all poison is quarantined and the others are through; returns how long these took. */
const measureSick = async (world: World, form: Form): Promise<Delays> => {
  const total = scale[form].days * 24;
  let hours: readonly UowRecord[] = [];
  const isThrough = async (): Promise<boolean> => {
    hours = await hoursOf(world);
    return hours.length === total && hours.every((uow) => uow.state === 'PROCESSED' || isPoison(uow));
  };
  if (!(await within(LONGEST, isThrough, 500)))
    throw new Error(`${hours.filter(isPoison).length} were quarantined, and the others are not through`);
  return delaysOf(hours);
};

const poisoned: Fault = {
  name: 'poison units',
  what: '50 of 10^4 units (short: 5 of 1,000) kill whatever runs them; they are quarantined, the others run',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 1 },
  work: (form) => ({
    days: scale[form].days,
    concurrency: scale[form].concurrency,
    handler: 'poison',
    arguments: { poisonEvery: scale[form].every },
  }),
  inject: async (world, form) => {
    const [sick, healthy] = await Promise.all([measureSick(world, form), measureHealthy(world.workload)]);
    const quarantined = (await hoursOf(world)).filter(isPoison);
    bit(quarantined.length >= expected(scale[form]), `${quarantined.length} were quarantined`);
    for (const { id } of quarantined) {
      const { status } = await world.command({ kind: 'cancel-uow', uowId: id, reason: 'it is poison' });
      if (status !== 200) throw new Error(`${id} could not be canceled: ${status}`);
    }
    const told = `p99 of the others: ended ${sick.requested} ms after the request (${healthy.requested} without poison), ${sick.late} ms after the start (${healthy.late})`;
    if (sick.requested > FACTOR * healthy.requested || sick.late > FACTOR * healthy.late)
      throw new Error(`${told}: more than ${FACTOR} times as long`);
    return {
      recovery: 0,
      proof: `${quarantined.length} were quarantined after ${CRASHES} crashes each; ${told}`,
    };
  },
};

export const poison: readonly Fault[] = [poisoned];
