import type { Store } from '../../db/store.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { BoxRecord } from '../../domain/model/record.ts';

/** How often a worker in the foreground is written down, ms; as its supervisor would do. */
const REFRESH = 10_000;

/** What changes about a unit that no supervisor keeps. */
type UnitChange = Pick<BoxRecord, 'actual'> & Partial<Pick<BoxRecord, 'restarts' | 'lastExit' | 'pid'>>;

/** Writes down what runs on a box beside the units of its supervisor: daemons, and workers in the foreground. */
export interface BoxBook {
  /** Returns at once. What cannot be written is told to the log: nothing may stop for it. */
  put(unit: string, change: UnitChange): void;
  /** Writes a unit down as running, again and again, until the function that it returns is called. */
  keep(unit: string): () => void;
  /** Resolves when everything is written. */
  settled(): Promise<void>;
}

export const createBoxBook = (
  tools: { readonly store: Pick<Store, 'putBox'>; readonly clock: Clock; readonly logger: Logger },
  boxId: string,
): BoxBook => {
  const { store, clock, logger } = tools;
  const starts = new Map<string, number>();
  let written = Promise.resolve();
  const put = (unit: string, { actual, ...change }: UnitChange): void => {
    const now = clock.now();
    const isUp = actual === 'running';
    const startedAt = isUp ? (starts.get(unit) ?? now) : null;
    if (startedAt === null) starts.delete(unit);
    else starts.set(unit, startedAt);
    const unknown = { pid: null, restarts: 0, lastExit: null, rssBytes: null, cpuPercent: null };
    const record = { boxId, unit, desired: 'on', actual, startedAt, ...unknown, ...change } as const;
    written = written
      .then(() => store.putBox({ ...record, updatedAt: now }))
      .catch((error: unknown) => logger.warn(`cannot write down ${unit}`, { error: String(error) }));
  };
  return {
    put,
    keep: (unit) => {
      const running = (): void => put(unit, { actual: 'running', pid: process.pid });
      running();
      const timer = setInterval(running, REFRESH);
      return () => {
        clearInterval(timer);
        put(unit, { actual: 'stopped' });
      };
    },
    settled: () => written,
  };
};
