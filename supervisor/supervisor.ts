import type { Json } from '../domain/model/process.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import type { Store } from '../db/store.ts';
import { wishFact } from './message.ts';
import type { Wish } from './message.ts';
import { keepUnit } from './unit.ts';
import type { UnitContext, UnitSpec } from './unit.ts';

/** How often wishes are looked at, ms. */
const TICK = 1000;
/** How often memory and processor time are written down, in ticks. */
const MEASURE_EVERY = 10;

export interface SupervisorOptions extends Omit<UnitContext, 'changed'> {
  readonly units: readonly UnitSpec[];
  readonly store: Pick<Store, 'getFact' | 'putBox'>;
}

/** Keeps the units of a box running. */
export interface Supervisor {
  /** Ends what an earlier supervisor left running; to be called before `start`. */
  clear(): Promise<void>;
  /** Brings all units up, save those that people want off. */
  start(): Promise<void>;
  /** Stops all units; resolves when none of their processes is left. A second call waits for the first. */
  stop(): Promise<void>;
  /** Kills all units at once; `stop` then resolves soon. */
  kill(): void;
}

const readWish = async (
  store: SupervisorOptions['store'],
  boxId: string,
  unit: string,
): Promise<Wish | undefined> => (await store.getFact(wishFact(boxId, unit))) as (Wish & Json) | undefined;

/** Writes box records in order. While the store does not answer, people are told once. */
const createBook = ({ store, say }: Pick<SupervisorOptions, 'store' | 'say'>) => {
  let writes: Promise<unknown> = Promise.resolve();
  let trouble = '';
  const failed = (error: unknown): void => {
    const line = `the store does not answer: ${error instanceof Error ? error.message : String(error)}`;
    if (line !== trouble) say(line);
    trouble = line;
  };
  return {
    failed,
    healthy: (): void => {
      trouble = '';
    },
    put: (record: BoxRecord): void => {
      writes = writes.then(() => store.putBox(record)).catch(failed);
    },
    written: (): Promise<unknown> => writes,
  };
};

/**
 * Makes the supervisor of a box; nothing runs before `start`. While the store does not answer it takes no wishes
 * and keeps running what runs.
 */
export const createSupervisor = (options: SupervisorOptions): Supervisor => {
  const { store, boxId, units } = options;
  const book = createBook(options);
  const keepers = units.map((unit) => keepUnit(unit, { ...options, changed: book.put }));
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped: Promise<void> | undefined;

  const tick = async (): Promise<void> => {
    try {
      for (const keeper of keepers) {
        const wish = await readWish(store, boxId, keeper.name);
        if (wish !== undefined) keeper.wish(wish);
        keeper.step();
      }
      book.healthy();
    } catch (error) {
      book.failed(error);
    }
    if (ticks++ % MEASURE_EVERY === 0) keepers.forEach((keeper) => keeper.measure());
    if (stopped === undefined) timer = setTimeout(() => void tick(), TICK);
  };

  return {
    clear: async () => {
      await Promise.all(keepers.map((keeper) => keeper.clear()));
    },
    start: tick,
    stop: () =>
      (stopped ??= (async () => {
        clearTimeout(timer);
        await Promise.all(keepers.map((keeper) => keeper.stop()));
        await book.written();
      })()),
    kill: () => keepers.forEach((keeper) => keeper.kill()),
  };
};
