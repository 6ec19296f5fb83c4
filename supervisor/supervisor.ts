import { boxSpec, getFact } from '../db/collections.ts';
import type { BoxStore, FactStore } from '../db/collections.ts';
import type { Json } from '../domain/model/process.ts';
import type { BoxRecord } from '../domain/model/record.ts';
import { within } from '../lib/sleep.ts';
import { desiredStateFact } from './ipc/message.ts';
import type { DesiredState } from './ipc/message.ts';
import { createIpcServer } from './ipc/server.ts';
import { keepService } from './service-keeper.ts';
import type { ServiceContext, ServiceSpec } from './service-keeper.ts';

/** How often the desired states are read, ms. */
const TICK = 1000;
/** A store silent for so long counts as one that does not answer, ms. */
const STALE = 5 * TICK;
/** Longest that the last records hold up the end, ms. */
const FAREWELL = 2000;
/** How often memory and processor time are written down, in ticks. */
const MEASURE_EVERY = 10;

export interface SupervisorOptions extends Omit<ServiceContext, 'changed' | 'mayStart' | 'switchboard'> {
  readonly services: readonly ServiceSpec[];
  readonly store: FactStore & BoxStore;
}

const readDesiredState = async (
  store: SupervisorOptions['store'],
  boxId: string,
  service: string,
): Promise<DesiredState | undefined> =>
  (await getFact(store, desiredStateFact(boxId, service))) as (DesiredState & Json) | undefined;

/**
 * Writes box records, of every service the newest only. While the store does not answer, people are told once, and what
 * could not be written waits.
 */
const createBook = ({ store, say }: Pick<SupervisorOptions, 'store' | 'say'>) => {
  const due = new Map<string, BoxRecord>();
  let writing: Promise<void> | undefined;
  let troubled = false;
  const failed = (error: unknown): void => {
    if (!troubled)
      say(`the store does not answer: ${error instanceof Error ? error.message : String(error)}`);
    troubled = true;
  };
  const write = async (): Promise<void> => {
    for (let [record] = due.values(); record !== undefined; [record] = due.values()) {
      await store.collection(boxSpec).put(record);
      if (due.get(record.unit) === record) due.delete(record.unit);
    }
  };
  const flush = (): Promise<void> =>
    (writing ??= write()
      .catch(failed)
      .finally(() => (writing = undefined)));
  return {
    failed,
    put: (record: BoxRecord): void => {
      due.set(record.unit, record);
      void flush();
    },
    flush,
    /** The store answers questions; whether it takes records too shows when those that wait are written. */
    answered: (): void => {
      if (due.size > 0) return void flush();
      if (troubled) say('the store answers again');
      troubled = false;
    },
  };
};

/**
 * Makes the supervisor of a box; nothing runs before `start`. While the store does not answer it reads no desired states,
 * starts nothing and keeps running what runs.
 */
export const createSupervisor = (options: SupervisorOptions) => {
  const { store, boxId, services, clock } = options;
  const book = createBook(options);
  let answeredAt = -Infinity;
  const mayStart = (): boolean => clock.now() - answeredAt < STALE;
  const switchboard = createIpcServer(options.dataDir);
  const context = { ...options, switchboard, changed: book.put, mayStart };
  const keepers = services.map((service) => keepService(service, context));
  let ticks = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped: Promise<void> | undefined;

  const tick = async (): Promise<void> => {
    try {
      for (const keeper of keepers) {
        const desired = await readDesiredState(store, boxId, keeper.name);
        answeredAt = clock.now();
        if (desired !== undefined) keeper.request(desired);
        keeper.step();
      }
      book.answered();
    } catch (error) {
      answeredAt = -Infinity;
      book.failed(error);
    }
    if (ticks++ % MEASURE_EVERY === 0) keepers.forEach((keeper) => keeper.measure());
    if (stopped === undefined) timer = setTimeout(() => void tick(), TICK);
  };

  return {
    /**
     * Takes over what an earlier supervisor left running, or ends it where that was begun with something else. Returns
     * the services taken over. To be called before `start`.
     */
    takeOver: async () => {
      // Before the first call is taken: a caller that is not expected is told to stop.
      const adopted = keepers.filter((keeper) => keeper.adopt()).map((keeper) => keeper.name);
      await switchboard.open();
      await Promise.all(keepers.map((keeper) => keeper.clear()));
      return adopted;
    },
    /** Brings all services up, save those that people want off. */
    start: tick,
    /** Stops all services; resolves when none of their processes is left. A second call waits for the first. */
    stop: () =>
      (stopped ??= (async () => {
        clearTimeout(timer);
        await Promise.all(keepers.map((keeper) => keeper.stop()));
        switchboard.close();
        await within(FAREWELL, book.flush());
      })()),
    /** Kills all services at once; `stop` then resolves soon. */
    kill: () => keepers.forEach((keeper) => keeper.kill()),
  };
};

/** Keeps the services of a box running. */
export type Supervisor = ReturnType<typeof createSupervisor>;
