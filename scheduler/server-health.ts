import type { Clock } from '../domain/clock.ts';
import { getFact } from '../db/collections.ts';
import type { FactStore } from '../db/collections.ts';
import type { Logger } from '../domain/logger.ts';
import { COLLECTOR_QUEUE } from '../domain/model/queue-name.ts';
import { oneLine } from '../domain/one-line.ts';
import type { Queue } from '../mq/queue.ts';

const standard = { interval: 2_000, patience: 5_000 } as const;
/** Never written: that it is absent is an answer too. */
const PROBE_FACT = 'watch';

/** Something the scheduler stands on does not answer. */
export interface Trouble {
  readonly what: 'store' | 'queue';
  /** Instant, ms, of the first question that got no answer. */
  readonly since: number;
  /** What it answers instead, in one line. */
  readonly because: string;
}

interface Watched {
  readonly store: FactStore;
  readonly queue: Pick<Queue, 'depth'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Pause between two looks (2 s) and how long an answer may take (5 s), in milliseconds. */
  readonly timings?: { readonly interval: number; readonly patience: number };
}

type What = Trouble['what'];

/** Looks after store and queue for as long as it runs, and tells the log when one falls silent and when it is back. */
export const watchServers = ({ store, queue, clock, log, timings = standard }: Watched) => {
  const { interval, patience } = timings;
  const troubles = new Map<What, Trouble>();
  const timers = new Map<What, NodeJS.Timeout>();
  let stopped = false;

  const failed = (what: What, askedAt: number, error: unknown): void => {
    const because = oneLine(error instanceof Error ? error.message : String(error));
    const { since = askedAt } = troubles.get(what) ?? {};
    if (!troubles.has(what)) log.warn(`the ${what} does not answer, asking again: ${because}`);
    troubles.set(what, { what, since, because });
  };
  const answered = (what: What): void => {
    const trouble = troubles.get(what);
    if (trouble !== undefined) log.info(`the ${what} answers again`, { awayMs: clock.now() - trouble.since });
    troubles.delete(what);
  };
  const look = async (what: What, ask: () => Promise<unknown>): Promise<void> => {
    const askedAt = clock.now();
    const late = setTimeout(() => failed(what, askedAt, `no answer within ${patience / 1000} s`), patience);
    timers.set(what, late.unref());
    try {
      await ask();
      if (!stopped) answered(what);
    } catch (error) {
      if (!stopped) failed(what, askedAt, error);
    }
    clearTimeout(late);
    if (!stopped)
      timers.set(
        what,
        setTimeout(() => void look(what, ask), interval),
      );
  };

  void look('store', () => getFact(store, PROBE_FACT));
  void look('queue', () => queue.depth(COLLECTOR_QUEUE));
  return {
    /** What does not answer. */
    troubles: () => [...troubles.values()],
    /** No look is taken any more; one under way is not waited for. */
    stop: (): void => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
};
