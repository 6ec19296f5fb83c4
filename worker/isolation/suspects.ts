import { getFact, putFact } from '../../db/collections.ts';
import type { FactStore } from '../../db/collections.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { JsonObject, ProcessEntry } from '../../domain/model/process.ts';
import { formatDuration } from '../../domain/time/duration.ts';

/** How long a process whose handler has harmed its worker runs apart, ms. */
const SUSPICION = 24 * 60 * 60_000;

/** Why and since when (ms) a process is not to run in a worker's own process. */
export interface Suspicion {
  readonly at: number;
  readonly because: string;
}

/** Name of the fact that holds the suspicion against a process. */
const factOf = (processName: string): string => `apart/${processName}`;

const isFresh = ({ at }: Suspicion, now: number): boolean => Math.abs(now - at) < SUSPICION;

/** Keeps a suspicion for this worker's successors, and those on other boxes. */
export const keepSuspicion = (
  store: FactStore,
  processName: string,
  { at, because }: Suspicion,
): Promise<void> => putFact(store, factOf(processName), { at, because });

/** Processes whose handlers have harmed the worker that they ran in. */
export const createSuspects = ({
  store,
  clock,
  logger,
}: {
  readonly store: FactStore;
  readonly clock: Clock;
  readonly logger: Logger;
}) => {
  const known = new Map<string, Suspicion>();
  const read = async (name: string): Promise<void> => {
    const fact = (await getFact(store, factOf(name))) as (Suspicion & JsonObject) | undefined;
    if (fact !== undefined) known.set(name, fact);
  };
  /** Why a process is to run apart; undefined when it need not. */
  const because = (name: string): string | undefined => {
    const suspicion = known.get(name);
    return suspicion && isFresh(suspicion, clock.now()) ? suspicion.because : undefined;
  };
  return {
    /** Learns what earlier workers found out; never rejects. */
    load: async (entries: readonly ProcessEntry[]): Promise<void> => {
      const names = entries.flatMap(({ name, worker }) =>
        worker.kind === 'handler' && worker.isolation === 'host' ? [name] : [],
      );
      try {
        await Promise.all(names.map(read));
      } catch (error) {
        logger.warn('cannot read which processes are to run apart', { error: String(error) });
      }
    },
    because,
    add: (name: string, why: string): void => {
      const suspicion = { at: clock.now(), because: why };
      // What it left behind may come in numbers.
      if (because(name) !== undefined) return;
      known.set(name, suspicion);
      logger.warn(`${name} runs apart for ${formatDuration(SUSPICION)}: ${why}`);
      keepSuspicion(store, name, suspicion).catch((error: unknown) =>
        logger.warn(`cannot keep that ${name} is to run apart`, { error: String(error) }),
      );
    },
  };
};

export type Suspects = ReturnType<typeof createSuspects>;
