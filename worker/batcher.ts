import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Logger } from '../domain/logger.ts';
import { createOutage } from './outage.ts';
import { sleep } from './sleep.ts';

/** Gathers items and hands them on in batches, one batch at a time, in order, until each was taken. */
export interface Batcher<Item> {
  add(items: readonly Item[]): void;
  /** Resolves when nothing is left to hand on. */
  idle(): Promise<void>;
}

export interface BatcherOptions<Item> {
  /** Completes "cannot …" in the log while `flush` throws. */
  readonly what: string;
  /** A batch that throws is tried again, together with nothing else. */
  readonly flush: (batch: readonly Item[]) => Promise<unknown>;
  readonly maxBatch: number;
  /** Milliseconds to wait for more before a batch; 0: what comes in the same turn of the event loop. */
  readonly linger: number;
  /** What an item counts towards `maxWaiting`; 1 when absent. */
  readonly weigh?: (item: Item) => number;
  /** Items that would make more than this wait are dropped; none when absent. */
  readonly maxWaiting?: number;
  readonly logger: Logger;
  /** Once aborted, nothing is handed on any more. */
  readonly signal: AbortSignal;
}

export const createBatcher = <Item>(options: BatcherOptions<Item>): Batcher<Item> => {
  const { flush, maxBatch, linger, signal, maxWaiting = Infinity, weigh = () => 1 } = options;
  const outage = createOutage(options.what, options.logger, signal);
  const waiting: Item[] = [];
  let weight = 0;
  let pump: Promise<void> | undefined;

  const insist = async (batch: readonly Item[]): Promise<void> => {
    while (!signal.aborted) {
      try {
        await flush(batch);
        return outage.over();
      } catch (error) {
        await outage.failed(error);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (waiting.length > 0 && !signal.aborted) {
      await (linger > 0 ? sleep(linger, signal) : endOfTurn());
      const batch = waiting.splice(0, maxBatch);
      for (const item of batch) weight -= weigh(item);
      await insist(batch);
    }
    pump = undefined;
  };

  return {
    add(items) {
      for (const item of items) {
        if (weight + weigh(item) > maxWaiting) continue;
        weight += weigh(item);
        waiting.push(item);
      }
      if (waiting.length > 0) pump ??= run();
    },
    async idle() {
      await pump;
    },
  };
};
