import type { Channel, ConsumeMessage } from 'amqplib';
import { countReady, declareQueue } from './topology.ts';

/** Messages that the server pushes here, at most `prefetch` unsettled ones at a time. */
interface Subscription {
  readonly prefetch: number;
  unsettled: number;
  tag?: string;
}

/** A message that the server has handed over and that is not settled. */
export interface Delivery {
  readonly body: string;
  readonly deliveries: number;
  /** When it came; milliseconds of the monotonic clock. */
  readonly at: number;
  readonly raw: ConsumeMessage;
  readonly subscription: Subscription;
}

/** What the server is to be told about a message: it is done with, or another consumer shall have it. */
interface Settlement {
  readonly delivery: Delivery;
  readonly requeue: boolean;
  /** When it was decided, likewise. */
  readonly at: number;
}

export interface ConsumerChannelEvents {
  readonly arrived: (delivery: Delivery) => void;
  /** The channel has ended: the server hands to others what was not settled. */
  readonly lost: () => void;
}

/**
 * A channel on which one queue is consumed. Settlements are held back until they are wanted: each one lets the server
 * push another message.
 */
export class ConsumerChannel {
  readonly queue: string;
  readonly #channel: Channel;
  readonly #events: ConsumerChannelEvents;
  /** Delivery tags that the server has not heard of again, rising. */
  readonly #open = new Set<number>();
  readonly #withheld: Settlement[] = [];
  #subscription: Subscription | undefined;
  #declared = false;

  constructor(queue: string, channel: Channel, events: ConsumerChannelEvents) {
    this.queue = queue;
    this.#channel = channel;
    this.#events = events;
    channel.on('error', () => undefined);
    // What the library cannot assign, such as the end of a subscription that ends anyway, must not end the process.
    channel.on('handler-error', () => undefined);
    channel.once('close', events.lost);
  }

  /** Messages that the server may push without being told anything. */
  get credit(): number {
    const subscription = this.#subscription;
    return subscription === undefined ? 0 : subscription.prefetch - subscription.unsettled;
  }

  get subscribed(): boolean {
    return this.#subscription !== undefined;
  }

  /** Settlements that the server does not know of yet. */
  get withheld(): number {
    return this.#withheld.length;
  }

  /** How much credit they would give: those of an earlier subscription give none. */
  get withheldCredit(): number {
    return this.#withheld.filter((settlement) => this.#gives(settlement)).length;
  }

  /** Messages given back of which the server does not know yet. */
  get returning(): number {
    return this.#withheld.filter(({ requeue }) => requeue).length;
  }

  /** When the oldest settlement was decided that the server does not know of. */
  get withheldSince(): number | undefined {
    return this.#withheld[0]?.at;
  }

  /** Messages of the queue that no consumer holds; makes sure that the queue exists. */
  async countReady(): Promise<number> {
    if (!this.#declared) await declareQueue(this.#channel, this.queue);
    this.#declared = true;
    return countReady(this.#channel, this.queue);
  }

  async subscribe(prefetch: number): Promise<void> {
    const subscription: Subscription = { prefetch, unsettled: 0 };
    await this.#channel.prefetch(prefetch);
    this.#subscription = subscription;
    const { consumerTag } = await this.#channel.consume(this.queue, (raw) => {
      // Without a message: the queue was deleted, and what the server knows of it on this channel is of no use.
      if (raw === null) this.close();
      else this.#arrived(raw, subscription);
    });
    subscription.tag = consumerTag;
  }

  /** Resolves when no further message is pushed. The server has then heard all that was told it before. */
  async unsubscribe(): Promise<void> {
    const tag = this.#subscription?.tag;
    if (tag !== undefined) await this.#channel.cancel(tag);
    this.#subscription = undefined;
  }

  settle(deliveries: readonly Delivery[], requeue: boolean): void {
    const at = performance.now();
    for (const delivery of deliveries) this.#withheld.push({ delivery, requeue, at });
  }

  /** Tells the server the oldest `count` settlements. */
  flush(count = this.#withheld.length): void {
    const told = this.#withheld.splice(0, count);
    const done = new Map<number, ConsumeMessage>();
    for (const { delivery, requeue } of told) {
      if (requeue) this.reject(delivery, true);
      else {
        delivery.subscription.unsettled--;
        done.set(delivery.raw.fields.deliveryTag, delivery.raw);
      }
    }
    this.#acknowledge(done);
  }

  /** Tells the server the oldest settlements, until they have given so much credit. */
  giveCredit(credit: number): void {
    let given = 0;
    let count = 0;
    while (given < credit && count < this.#withheld.length) {
      const settlement = this.#withheld[count++];
      if (settlement !== undefined && this.#gives(settlement)) given++;
    }
    this.flush(count);
  }

  /** Is done with all that the server has handed over, once unsubscribed; returns how many had still to be worked off. */
  drop(): number {
    const dropped = this.#open.size - (this.withheld - this.returning);
    if (this.#open.size > 0) this.#channel.ackAll();
    this.#open.clear();
    this.#withheld.length = 0;
    return dropped;
  }

  /** Tells the server at once to hand a message to others, or to move it to the dead letters. */
  reject({ raw, subscription }: Delivery, requeue: boolean): void {
    subscription.unsettled--;
    this.#open.delete(raw.fields.deliveryTag);
    this.#channel.nack(raw, false, requeue);
  }

  close(): void {
    // At once: nothing can be settled any more, whenever the server answers.
    this.#events.lost();
    this.#channel.close().catch(() => undefined);
  }

  /** One frame for all of the oldest, as far as it goes: the server logs every frame by itself. */
  #acknowledge(done: Map<number, ConsumeMessage>): void {
    let last: ConsumeMessage | undefined;
    for (const tag of this.#open) {
      const raw = done.get(tag);
      if (raw === undefined) break;
      last = raw;
      done.delete(tag);
      this.#open.delete(tag);
    }
    if (last !== undefined) this.#channel.ack(last, true);
    for (const [tag, raw] of done) {
      this.#open.delete(tag);
      this.#channel.ack(raw);
    }
  }

  #gives({ delivery }: Settlement): boolean {
    return delivery.subscription === this.#subscription;
  }

  #arrived(raw: ConsumeMessage, subscription: Subscription): void {
    subscription.unsettled++;
    this.#open.add(raw.fields.deliveryTag);
    // Quorum queues count the deliveries that came to nothing.
    const failures: unknown = raw.properties.headers?.['x-delivery-count'];
    this.#events.arrived({
      body: raw.content.toString(),
      deliveries: 1 + (typeof failures === 'number' ? failures : 0),
      at: performance.now(),
      raw,
      subscription,
    });
  }
}
