import type { Clock } from '../../domain/clock.ts';
import type { Notifier } from '../../sqlite/notifier.ts';
import { startTimer } from '../../lib/os/timer.ts';
import type { Consumer, ConsumerOptions, Message } from '../queue.ts';
import type { MessageTable } from './message-table.ts';

export interface EmbeddedConsumerParts {
  readonly queue: string;
  readonly options: ConsumerOptions;
  readonly table: MessageTable;
  readonly bell: Notifier;
  readonly clock: Clock;
}

/** What one look at the queue brought. */
interface Look {
  readonly messages: Message[];
  /** Without messages: milliseconds after which there will be some, unless it is woken earlier. */
  readonly again?: number;
}

/** Looks when called by the bell, when a message becomes visible, and when one that was held is done with. */
export const createConsumer = (parts: EmbeddedConsumerParts): Consumer => {
  const { queue, table, bell } = parts;
  const look = createLook(parts);
  const waiting = new Set<() => void>();
  let closed = false;
  // Counts, so that a call between a look and the wait that follows is not missed.
  let calls = 0;
  const call = (): void => {
    calls++;
    for (const wake of waiting) wake();
  };
  const stopListening = bell.listen(queue, call);

  return {
    take: async (max, signal) => {
      while (!closed && signal?.aborted !== true) {
        const callsBefore = calls;
        const { messages, again } = await look.take(max);
        if (messages.length > 0) return messages;
        if (calls === callsBefore) await called(waiting, again, signal);
      }
      return [];
    },
    ack: async (messages) => {
      await table.remove(queue, messages);
      look.release(messages);
      call();
    },
    nack: async (messages, delay) => {
      await table.giveBack(queue, messages, delay);
      look.release(messages);
      call();
    },
    close: () => {
      closed = true;
      stopListening();
      call();
      return Promise.resolve();
    },
  };
};

/** Takes what is ready, as far as the prefetch allows. */
const createLook = ({ queue, options, table, clock }: EmbeddedConsumerParts) => {
  /** Messages in hand, with the instant at which another consumer may have them. */
  const held = new Map<Message, number>();
  let reserved = 0;
  const freeSlots = (now: number): number => {
    for (const [message, until] of held) if (until <= now) held.delete(message);
    return options.prefetch - held.size - reserved;
  };

  return {
    take: async (max: number): Promise<Look> => {
      const visibleAt = await table.firstVisibleAt(queue);
      const now = clock.now();
      if (visibleAt === undefined) return { messages: [] };
      if (visibleAt > now) return { messages: [], again: visibleAt - now };
      const room = Math.min(max, freeSlots(now));
      if (room <= 0) return { messages: [] };
      reserved += room;
      try {
        const messages = await table.take(queue, room, options);
        for (const message of messages) held.set(message, now + options.visibilityTimeout);
        return { messages };
      } finally {
        reserved -= room;
      }
    },
    release: (messages: readonly Message[]): void => {
      for (const message of messages) held.delete(message);
    },
  };
};

/** Resolves when called, after `timeout` milliseconds or when the signal aborts. */
const called = (
  waiting: Set<() => void>,
  timeout: number | undefined,
  signal: AbortSignal | undefined,
): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      waiting.delete(wake);
      stop?.();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const stop = timeout === undefined ? undefined : startTimer(timeout, wake);
    waiting.add(wake);
    signal?.addEventListener('abort', wake);
    // It does not tell of an abort that was before.
    if (signal?.aborted === true) wake();
  });
