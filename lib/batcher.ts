import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Logger } from '../domain/logger.ts';
import { createRetry } from './retry.ts';
import { sleep, within } from './sleep.ts';

/** Items that wait to be handed on. */
export interface Backlog<Item> {
  size(): number;
  add(items: readonly Item[]): void;
  /** At most so many, and at least one while there are any. */
  take(most: number): readonly Item[];
}

export interface BatcherOptions<Item> {
  /** Completes "cannot …" in the log while `flush` throws. */
  readonly what: string;
  /** A batch that throws is tried again, together with nothing else. */
  readonly flush: (batch: readonly Item[]) => Promise<unknown>;
  readonly maxBatch: number;
  /** Milliseconds to wait for more before a batch that is not full; 0: what comes in the same turn of the event loop. */
  readonly linger: number;
  /** In which they wait; first come, first served when absent. */
  readonly backlog?: Backlog<Item>;
  readonly logger: Logger;
  /** Once aborted, nothing is handed on any more. */
  readonly signal: AbortSignal;
}

const inOrder = <Item>(): Backlog<Item> => {
  const waiting: Item[] = [];
  return {
    size: () => waiting.length,
    add: (items) => {
      for (const item of items) waiting.push(item);
    },
    take: (most) => waiting.splice(0, most),
  };
};

/** Gathers items and hands them on in batches, one batch at a time, in order, until each was taken. */
export const createBatcher = <Item>(options: BatcherOptions<Item>) => {
  const { flush, maxBatch, linger, signal, backlog = inOrder<Item>() } = options;
  const retry = createRetry(options.what, options.logger);
  let pump: Promise<void> | undefined;
  let handedOn = 0;

  const insist = async (batch: readonly Item[]): Promise<void> => {
    while (!signal.aborted) {
      try {
        await flush(batch);
        handedOn += 1;
        return retry.over();
      } catch (error) {
        await sleep(retry.failed(error), signal);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (backlog.size() > 0 && !signal.aborted) {
      await (linger > 0 && backlog.size() < maxBatch ? sleep(linger, signal) : endOfTurn());
      await insist(backlog.take(maxBatch));
    }
    pump = undefined;
  };

  /** Resolves when nothing is left to hand on. */
  const idle = async (): Promise<void> => {
    await pump;
  };
  return {
    add: (items: readonly Item[]): void => {
      backlog.add(items);
      if (backlog.size() > 0) pump ??= run();
    },
    idle,
    /** Resolves as `idle`, or when nothing was handed on for `patience` milliseconds. */
    drain: async (patience: number): Promise<void> => {
      let before: number;
      do {
        before = handedOn;
        await within(patience, idle());
      } while (pump !== undefined && handedOn > before);
    },
  };
};
