import { plural } from '../domain/plural.ts';
import type { Message } from '../mq/queue.ts';
import type { SchedulerContext } from './context.ts';
import { createRetry } from '../lib/retry.ts';
import { sleep } from '../lib/sleep.ts';

const MOST_MESSAGES = 2_000;
const VISIBILITY_TIMEOUT = 30_000;
const MAX_DELIVERIES = 100;
/** Pause after a failure of the queue or the store, ms. */
const PAUSES = { first: 1_000, longest: 1_000 };

/**
 * Takes the messages of a queue and acknowledges what was handled, until the answer is called. `handle` gets the bodies of all
 * messages that came together; it resolves with false when they are not done with.
 */
export const listenTo = (
  { queue, log }: SchedulerContext,
  name: string,
  handle: (bodies: readonly string[]) => Promise<unknown>,
): (() => Promise<void>) => {
  const consumer = queue.consume(name, {
    visibilityTimeout: VISIBILITY_TIMEOUT,
    maxDeliveries: MAX_DELIVERIES,
    prefetch: MOST_MESSAGES,
  });
  const retry = createRetry(`listen to ${name}`, log, PAUSES);
  const stopping = new AbortController();

  const serve = async (messages: readonly Message[]): Promise<void> => {
    if ((await handle(messages.map((message) => message.body))) === false) return;
    // The next messages need not wait for the acknowledgement: one that is lost repeats a ring, nothing more.
    consumer.ack(messages).catch((error: unknown) => {
      log.warn(`could not acknowledge ${plural(messages.length, 'message')} of ${name}: ${String(error)}`);
    });
  };
  const listen = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const messages = await consumer.take(MOST_MESSAGES);
        if (messages.length > 0) await serve(messages);
        retry.over();
      } catch (error) {
        await sleep(retry.failed(error));
      }
    }
  };
  const listening = listen();
  return async () => {
    stopping.abort();
    await consumer.close();
    await listening;
  };
};
