import { deadLetterQueue } from '../../mq/queue.ts';
import type { ConsumerOptions, Message } from '../../mq/queue.ts';
import type { Clock } from '../../domain/clock.ts';

/** One consumer, as the server sees it. */
export interface ServerConsumer {
  /** Calls `serve` once, as soon as there is something or the wait was ended, then with none. Returns what ends it. */
  take(max: number, serve: (messages: Message[]) => void): () => void;
  ack(messages: readonly Message[]): void;
  nack(messages: readonly Message[], delay: number): void;
  /** Ends all waiting. `lost`: its connection broke, and what it has taken may go to others at once. */
  close(lost?: 'lost'): void;
}

/** The server of a message queue. */
export interface QueueServer {
  declare(queues: readonly string[]): void;
  publish(queue: string, bodies: readonly string[], delay?: number): void;
  consume(queue: string, options: ConsumerOptions): ServerConsumer;
  depth(queue: string): { ready: number; taken: number };
  purge(queue: string): number;
}

export interface QueueServerOptions {
  readonly clock: Clock;
  /** Calls back after so many ms; not to be outlived by any of its callers. */
  readonly after: (ms: number, run: () => void) => void;
}

/** A message as the server keeps it. */
interface Kept {
  readonly body: string;
  deliveries: number;
  /** Instant, ms, from which it may be taken. */
  visibleAt: number;
  taken: boolean;
}

/** The receipt of a message: one that was delivered again belongs to another consumer. */
interface Receipt {
  readonly kept: Kept;
  readonly delivery: number;
}

interface Waiting {
  readonly max: number;
  readonly serve: (messages: Message[]) => void;
}

/** One queue: its messages, in order of their coming or coming back, and who takes them. */
class Channel {
  readonly messages = new Set<Kept>();
  readonly consumers = new Set<QueueConsumer>();
  readonly options: QueueServerOptions;
  readonly bury: (body: string) => void;

  constructor(options: QueueServerOptions, bury: (body: string) => void) {
    this.options = options;
    this.bury = bury;
  }

  /** Puts a message behind all others. */
  add(kept: Kept): void {
    this.messages.delete(kept);
    this.messages.add(kept);
    this.#await(kept);
  }

  /** Real timers may ring early: Node counts them from the beginning of a turn of the event loop. */
  #await(kept: Kept): void {
    const { clock, after } = this.options;
    const wait = kept.visibleAt - clock.now();
    if (wait <= 0) return;
    after(wait, () => {
      this.hand();
      this.#await(kept);
    });
  }

  /** Hands out what can be. */
  hand(): void {
    for (const consumer of [...this.consumers]) consumer.hand();
  }
}

class QueueConsumer implements ServerConsumer {
  readonly #channel: Channel;
  readonly #options: ConsumerOptions;
  /** Messages in hand, with the number of the delivery. */
  readonly #held = new Map<Kept, number>();
  readonly #waiting = new Set<Waiting>();

  constructor(channel: Channel, options: ConsumerOptions) {
    this.#channel = channel;
    this.#options = options;
    channel.consumers.add(this);
  }

  take(max: number, serve: (messages: Message[]) => void): () => void {
    const one = { max, serve };
    this.#waiting.add(one);
    this.hand();
    return () => {
      if (this.#waiting.delete(one)) serve([]);
    };
  }

  hand(): void {
    for (const one of this.#waiting) {
      const messages = this.#select(Math.min(one.max, this.#options.prefetch - this.#held.size));
      if (messages.length === 0) return;
      this.#waiting.delete(one);
      one.serve(messages);
    }
  }

  ack(messages: readonly Message[]): void {
    for (const { receipt } of messages) {
      const { kept, delivery } = receipt as Receipt;
      if (this.#held.get(kept) !== delivery) continue;
      this.#held.delete(kept);
      this.#channel.messages.delete(kept);
    }
    this.#channel.hand();
  }

  nack(messages: readonly Message[], delay: number): void {
    for (const { receipt } of messages) this.#giveBack(receipt as Receipt, delay);
    this.#channel.hand();
  }

  close(lost?: 'lost'): void {
    this.#channel.consumers.delete(this);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { serve } of waiting) serve([]);
    if (lost === undefined) return;
    for (const [kept, delivery] of [...this.#held]) this.#giveBack({ kept, delivery }, 0);
    this.#channel.hand();
  }

  #select(most: number): Message[] {
    const taken: Message[] = [];
    const now = this.#channel.options.clock.now();
    for (const kept of this.#channel.messages) {
      if (taken.length >= most) break;
      if (kept.taken || kept.visibleAt > now) continue;
      if (kept.deliveries < this.#options.maxDeliveries) taken.push(this.#takeOne(kept));
      else {
        this.#channel.messages.delete(kept);
        this.#channel.bury(kept.body);
      }
    }
    return taken;
  }

  #takeOne(kept: Kept): Message {
    kept.taken = true;
    const receipt: Receipt = { kept, delivery: ++kept.deliveries };
    this.#held.set(kept, receipt.delivery);
    this.#channel.options.after(this.#options.visibilityTimeout, () => {
      this.#giveBack(receipt, 0);
      this.#channel.hand();
    });
    return { body: kept.body, deliveries: receipt.delivery, receipt };
  }

  #giveBack({ kept, delivery }: Receipt, delay: number): void {
    if (this.#held.get(kept) !== delivery) return;
    this.#held.delete(kept);
    kept.taken = false;
    kept.visibleAt = this.#channel.options.clock.now() + delay;
    this.#channel.add(kept);
  }
}

/** Messages of all queues. */
export const createQueueServer = (options: QueueServerOptions): QueueServer => {
  const channels = new Map<string, Channel>();
  const channelOf = (name: string): Channel => {
    const known = channels.get(name);
    if (known !== undefined) return known;
    const channel = new Channel(options, (body) => publish(deadLetterQueue(name), [body]));
    channels.set(name, channel);
    return channel;
  };
  const publish = (queue: string, bodies: readonly string[], delay = 0): void => {
    const channel = channelOf(queue);
    const visibleAt = options.clock.now() + delay;
    for (const body of bodies) channel.add({ body, deliveries: 0, visibleAt, taken: false });
    channel.hand();
  };
  return {
    declare: (queues) => queues.forEach(channelOf),
    publish,
    consume: (queue, how) => new QueueConsumer(channelOf(queue), how),
    depth: (queue) => {
      const all = [...channelOf(queue).messages];
      const taken = all.filter((kept) => kept.taken).length;
      return { ready: all.length - taken, taken };
    },
    purge: (queue) => {
      const { messages } = channelOf(queue);
      const count = messages.size;
      messages.clear();
      return count;
    },
  };
};
