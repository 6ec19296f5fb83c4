import { plural } from '../domain/plural.ts';
import type { Consumer, Message } from '../mq/queue.ts';
import type { SchedulerContext } from './context.ts';
import { createRetry } from '../lib/retry.ts';
import { sleep } from '../lib/sleep.ts';

const MOST_MESSAGES = 2_000;
const VISIBILITY_TIMEOUT = 30_000;
const MAX_DELIVERIES = 100;
/** Pause after a failure of the queue or the store, ms. */
const PAUSES = { first: 1_000, longest: 1_000 };

/**
 * Takes the messages of a queue for as long as it runs and acknowledges what was handled. `handle` gets the
 * bodies of all messages that came together and says whether they are done with.
 */
export class QueueListener {
  readonly #shared: SchedulerContext;
  readonly #queue: string;
  readonly #handle: (bodies: readonly string[]) => Promise<boolean>;
  #consumer: Consumer | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(
    shared: SchedulerContext,
    queue: string,
    handle: (bodies: readonly string[]) => Promise<boolean>,
  ) {
    this.#shared = shared;
    this.#queue = queue;
    this.#handle = handle;
  }

  start(): void {
    if (this.#consumer !== undefined) return;
    const consumer = this.#shared.queue.consume(this.#queue, {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      maxDeliveries: MAX_DELIVERIES,
      prefetch: MOST_MESSAGES,
    });
    this.#consumer = consumer;
    this.#loop = this.#listen(consumer);
  }

  async stop(): Promise<void> {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.close();
    await this.#loop;
  }

  async #listen(consumer: Consumer): Promise<void> {
    const retry = createRetry(`listen to ${this.#queue}`, this.#shared.log, PAUSES);
    while (this.#consumer === consumer) {
      try {
        const messages = await consumer.take(MOST_MESSAGES);
        if (messages.length > 0) await this.#serve(consumer, messages);
        retry.over();
      } catch (error) {
        await sleep(retry.failed(error));
      }
    }
  }

  async #serve(consumer: Consumer, messages: readonly Message[]): Promise<void> {
    if (!(await this.#handle(messages.map((message) => message.body)))) return;
    // The next messages need not wait for the acknowledgement: one that is lost repeats a ring, nothing more.
    consumer.ack(messages).catch((error: unknown) => {
      this.#shared.log.warn(
        `could not acknowledge ${plural(messages.length, 'message')} of ${this.#queue}: ${String(error)}`,
      );
    });
  }
}
