import { boxSpec } from '../../db/collections.ts';
import type { BoxStore } from '../../db/collections.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../domain/logger.ts';
import type { BoxRecord } from '../../domain/model/record.ts';

/** How often a worker in the foreground is written down, ms; as its supervisor would do. */
const REFRESH = 10_000;

/** What changes about a service that no supervisor keeps. */
type ServiceChange = Pick<BoxRecord, 'actual'> & Partial<Pick<BoxRecord, 'restarts' | 'lastExit' | 'pid'>>;

/** Writes down what runs on a box beside the services of its supervisor: daemons, and workers in the foreground. */
export const createBoxBook = (
  tools: { readonly store: BoxStore; readonly clock: Clock; readonly logger: Logger },
  boxId: string,
) => {
  const { store, clock, logger } = tools;
  const starts = new Map<string, number>();
  let written = Promise.resolve();
  const put = (service: string, { actual, ...change }: ServiceChange): void => {
    const now = clock.now();
    const isUp = actual === 'running';
    const startedAt = isUp ? (starts.get(service) ?? now) : null;
    if (startedAt === null) starts.delete(service);
    else starts.set(service, startedAt);
    const unknown = { pid: null, restarts: 0, lastExit: null, rssBytes: null, cpuPercent: null };
    const record = { boxId, unit: service, desired: 'on', actual, startedAt, ...unknown, ...change } as const;
    written = written
      .then(() => store.collection(boxSpec).put({ ...record, updatedAt: now }))
      .catch((error: unknown) => logger.warn(`cannot write down ${service}`, { error: String(error) }));
  };
  return {
    /** Returns at once. What cannot be written is told to the log: nothing may stop for it. */
    put,
    /** Writes a service down as running, again and again, until the function that it returns is called. */
    keep: (service: string) => {
      const running = (): void => put(service, { actual: 'running', pid: process.pid });
      running();
      const timer = setInterval(running, REFRESH);
      return () => {
        clearInterval(timer);
        put(service, { actual: 'stopped' });
      };
    },
    /** Resolves when everything is written. */
    settled: () => written,
  };
};

export type BoxStatusWriter = ReturnType<typeof createBoxBook>;
