import type { UowRecord } from '../../../domain/model/record.ts';
import { bit } from '../fault.ts';
import type { Fault, Form } from '../fault.ts';
import { within } from '../processes.ts';
import { createWorld } from '../world.ts';
import type { World } from '../world.ts';

const BOUND = 60_000;
const CRASHES = 3;
/** How much longer than without poison the others may take. */
const FACTOR = 2;

const scale = {
  short: { days: 21, every: 100 },
  long: { days: 417, every: 200 },
} as const;

const expected = ({ days, every }: (typeof scale)[Form]): number => Math.floor((days * 24) / every);

const hoursOf = async (world: World): Promise<UowRecord[]> =>
  (await world.store()).findUows({ processName: 'Hour' });

/** From the request to the end, the 99th of a hundred, ms. */
const p99 = (uows: readonly UowRecord[]): number => {
  const sorted = uows
    .map(({ createdAt, finishedAt }) => (finishedAt ?? Infinity) - createdAt)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
};

const isPoison = ({ state, crashes, error }: UowRecord): boolean =>
  state === 'INVALID' && crashes === CRASHES && error?.startsWith('poison') === true;

let healthy = 0;

/** The same work without poison, for comparison. */
const measureHealthy = async (days: number): Promise<number> => {
  const world = await createWorld({ place: 'embedded', servers: undefined, workload: { days } });
  try {
    await world.start();
    await world.finish();
    return p99(await hoursOf(world));
  } finally {
    await world.close();
  }
};

const poisoned: Fault = {
  name: 'poison units',
  what: '50 of 10^4 units (short: 5 of 500) kill whatever runs them; they are quarantined, the others run',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 1 },
  work: (form) => ({
    days: scale[form].days,
    handler: 'poison',
    arguments: { poisonEvery: scale[form].every },
  }),
  inject: async (world, form) => {
    const store = await world.store();
    const total = scale[form].days * 24;
    let invalid: UowRecord[] = [];
    const isThrough = async (): Promise<boolean> => {
      invalid = await store.findUows({ processName: 'Hour', states: ['INVALID'] });
      const { PROCESSED } = await store.countUows();
      return invalid.length >= expected(scale[form]) && PROCESSED >= total;
    };
    await within(30 * 60_000, isThrough, 500);
    const quarantined = invalid.filter(isPoison);
    bit(quarantined.length >= expected(scale[form]), `${quarantined.length} were quarantined`);
    if (invalid.length > quarantined.length) throw new Error('others were quarantined too');
    for (const { id } of quarantined) {
      const { status } = await world.command({ kind: 'cancel-uow', uowId: id, reason: 'it is poison' });
      if (status !== 200) throw new Error(`${id} could not be canceled: ${status}`);
    }
    healthy = await measureHealthy(scale[form].days);
    return { recovery: 0, proof: `${quarantined.length} were quarantined after ${CRASHES} crashes each` };
  },
  verify: async (world) => {
    const others = (await hoursOf(world)).filter(({ state }) => state === 'PROCESSED');
    const [with_, without] = [p99(others), healthy].map(Math.round) as [number, number];
    return with_ <= FACTOR * without
      ? []
      : [`p99 of the others from request to end: ${with_} ms, and ${without} ms without poison`];
  },
};

export const poison: readonly Fault[] = [poisoned];
