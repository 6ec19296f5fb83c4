import type { Consumer, ConsumerOptions, Message } from '../queue.ts';
import { sleep } from '../../lib/sleep.ts';
import { isRefusal, toFailure } from './failure.ts';
import { UnackedMessages } from './unacked.ts';
import { ConsumerChannel } from './channel.ts';
import type { Delivery } from './channel.ts';
import type { RabbitConnection } from './connection.ts';
import { Waiters } from './waiters.ts';
import { isDeadLetterQueue } from './topology.ts';

/** Milliseconds for which messages and settlements are kept while no caller takes: then other consumers may have them. */
const LINGER = 100;
/** Milliseconds for which a take waits for the rest of what is known to come with its first message. */
const GATHER = 20;
/** Milliseconds between two tries to open a channel. */
const RETRY = 200;
/**
 * Milliseconds after which a subscription that brought nothing is made anew. RabbitMQ may lose one without a word: 3.10
 * does when the queue is deleted and made again at once, and delivers to no consumer from then on.
 */
export const RENEWAL = 20_000;

export interface RabbitConsumerParts {
  readonly queue: string;
  readonly options: ConsumerOptions;
  readonly connection: RabbitConnection;
  readonly renewal: number;
}

/**
 * Takes messages that the server pushes. It subscribes for no more than the takes that wait ask for, and holds
 * acknowledgements back for a moment, so that the server does not push to a worker that is busy what an idle one could
 * run. When no caller has taken for LINGER it unsubscribes.
 *
 * A plain prefetch with acknowledgements kept until the slot frees would not do. What the server pushes while a worker
 * claims would lie here for as long as the store takes; a lost connection would ring again for all that runs; and as a
 * subscription cannot be resized, a unit that outlasts the server's time-out for acknowledgements (30 min) would still
 * need another one.
 */
export class RabbitConsumer implements Consumer {
  readonly #parts: RabbitConsumerParts;
  readonly #waiters = new Waiters();
  /** Pushed and not taken. */
  #buffer: Delivery[] = [];
  readonly #unacked: UnackedMessages;
  readonly #ending = new AbortController();
  #channel: ConsumerChannel | undefined;
  /** One after the other: opening, subscribing, unsubscribing. */
  #steering: Promise<void> | undefined;
  /** Messages known to come at once with the subscription just made. */
  #expected = 0;
  #idleSince: number | undefined;
  /** While it takes nothing. */
  #suspension: symbol | undefined;
  #adjusting = false;
  #gathering: NodeJS.Timeout | undefined;
  #tidying: NodeJS.Timeout | undefined;
  #renewing: NodeJS.Timeout | undefined;

  constructor(parts: RabbitConsumerParts) {
    this.#parts = parts;
    this.#unacked = new UnackedMessages(parts.options.visibilityTimeout, (held) => this.#giveBack(held));
  }

  take(max: number, signal?: AbortSignal): Promise<Message[]> {
    if (this.#closed || signal?.aborted === true) return Promise.resolve([]);
    const taking = this.#waiters.wait(max, signal, () => this.#adjust());
    this.#adjust();
    return taking;
  }

  ack(messages: readonly Message[]): Promise<void> {
    this.#channel?.settle(this.#unacked.release(messages), false);
    this.#adjust();
    return Promise.resolve();
  }

  nack(messages: readonly Message[], delay: number): Promise<void> {
    const returned = this.#unacked.release(messages);
    if (delay > 0) this.#unacked.postpone(returned, delay);
    else this.#giveBack(returned);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#ending.abort();
    this.#waiters.dismiss();
    void this.#steer();
    return Promise.resolve();
  }

  /** Tells the server everything that is decided; what is not, it hands to others when the connection ends. */
  end(): void {
    this.#channel?.flush();
    this.#channel = undefined;
    clearTimeout(this.#tidying);
    this.#forget();
  }

  /** Is done with every message that is here and takes none until resumed; returns how many there were. */
  async drop(): Promise<number> {
    const suspension = (this.#suspension = Symbol('suspension'));
    await this.#steering;
    await this.#steer();
    // The caller may have given up meanwhile.
    if (this.#suspension !== suspension) return 0;
    const dropped = this.#channel?.drop() ?? 0;
    this.#forget();
    return dropped;
  }

  resume(): void {
    this.#suspension = undefined;
    this.#adjust();
  }

  /** What of the server's queue is here: not taken, and taken. */
  get depth(): { readonly ready: number; readonly taken: number } {
    const ready = this.#buffer.length + this.#unacked.postponed + (this.#channel?.returning ?? 0);
    return { ready, taken: this.#unacked.held };
  }

  /** Closed, and nothing that it handed out can come back. */
  get over(): boolean {
    return this.#closed && this.#channel === undefined;
  }

  get #closed(): boolean {
    return this.#ending.signal.aborted;
  }

  get #room(): number {
    return this.#parts.options.prefetch - this.#unacked.held;
  }

  /** How many messages more could be taken right now. */
  get #want(): number {
    if (this.#closed || this.#suspension !== undefined) return 0;
    return Math.max(0, Math.min(this.#waiters.asked, this.#room) - this.#buffer.length);
  }

  /** After every change: hands out what can be, and sees to it that the server may push what is wanted, not more. */
  #adjust(): void {
    this.#serve();
    const want = this.#want;
    this.#idleSince = want > 0 ? undefined : (this.#idleSince ?? performance.now());
    if (this.#steering !== undefined) return;
    const { credit, withheldCredit } = this.#channel ?? { credit: 0, withheldCredit: 0 };
    const given = Math.min(withheldCredit, want - credit);
    if (2 * (credit + given) < want) void this.#steer();
    else {
      this.#channel?.giveCredit(given);
      this.#watchTidiness();
    }
  }

  #serve(): void {
    if (this.#expected > 0) return;
    while (this.#buffer.length > 0 && this.#room > 0) {
      const waiter = this.#waiters.first;
      if (waiter === undefined) return;
      const taken = this.#buffer.splice(0, Math.min(waiter.max, this.#room));
      this.#waiters.serve(this.#unacked.hold(taken));
    }
  }

  #giveBack(deliveries: readonly Delivery[]): void {
    this.#channel?.settle(deliveries, true);
    this.#adjust();
  }

  #watchTidiness(): void {
    const since = this.#untidySince();
    if (this.#tidying !== undefined || since === undefined) return;
    this.#tidying = setTimeout(
      () => {
        this.#tidying = undefined;
        const still = this.#untidySince();
        if (still !== undefined && performance.now() - still >= LINGER) void this.#steer();
        else this.#watchTidiness();
      },
      since + LINGER - performance.now(),
    );
  }

  /** Since when a message lies here untaken, the server is not told something, or it may push in vain. */
  #untidySince(): number | undefined {
    const since = [
      this.#buffer[0]?.at,
      this.#channel?.withheldSince,
      this.#channel?.subscribed === true ? this.#idleSince : undefined,
    ].filter((instant) => instant !== undefined);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  /** Subscribes anew, for as many messages as are wanted now: none, some or more. */
  #steer(): Promise<void> {
    this.#steering ??= this.#turn().finally(() => {
      this.#steering = undefined;
      this.#adjust();
    });
    return this.#steering;
  }

  async #turn(): Promise<void> {
    try {
      if (this.#channel === undefined && this.#want > 0) await this.#openLane();
      const channel = this.#channel;
      if (channel === undefined) return;
      clearTimeout(this.#gathering);
      this.#expected = Infinity;
      const { withheld, returning } = channel;
      await channel.unsubscribe();
      clearTimeout(this.#renewing);
      if (this.#waiters.size === 0)
        for (const delivery of this.#buffer.splice(0)) channel.reject(delivery, true);
      // What was decided meanwhile is held back as long as ever: until the server is told, it is counted here.
      channel.flush(withheld);
      await this.#subscribe(channel, returning);
      if (this.#closed && this.#isEmptyHanded(channel)) channel.close();
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** `returned` messages may not be among those counted yet. */
  async #subscribe(channel: ConsumerChannel, returned: number): Promise<void> {
    const ready = this.#want > 0 ? returned + (await channel.countReady()) : 0;
    const want = this.#want;
    this.#expected = Math.min(want, ready);
    if (want === 0) return;
    await channel.subscribe(want);
    this.#watchSilence(channel);
    this.#gathering = setTimeout(() => {
      this.#expected = 0;
      this.#adjust();
    }, GATHER);
  }

  #isEmptyHanded(channel: ConsumerChannel): boolean {
    return this.#unacked.held + this.#unacked.postponed + channel.withheld === 0;
  }

  #watchSilence(channel: ConsumerChannel): void {
    clearTimeout(this.#renewing);
    this.#renewing = setTimeout(() => {
      if (channel !== this.#channel) return;
      if (this.#isEmptyHanded(channel)) channel.close();
      else this.#watchSilence(channel);
    }, this.#parts.renewal);
  }

  async #openLane(): Promise<void> {
    const { connection, queue } = this.#parts;
    const { model } = await connection.up();
    const channel = new ConsumerChannel(queue, await model.createChannel(), {
      arrived: (delivery) => this.#arrived(delivery),
      lost: () => {
        if (this.#channel !== channel) return;
        this.#channel = undefined;
        this.#forget();
        this.#adjust();
      },
    });
    this.#channel = channel;
  }

  #arrived(delivery: Delivery): void {
    const { queue, options } = this.#parts;
    this.#expected--;
    this.#renewing?.refresh();
    if (delivery.deliveries > options.maxDeliveries && !isDeadLetterQueue(queue))
      this.#channel?.reject(delivery, false);
    else this.#buffer.push(delivery);
    if (this.#adjusting) return;
    this.#adjusting = true;
    // The others that came with it are told of in the same turn.
    queueMicrotask(() => {
      this.#adjusting = false;
      this.#adjust();
    });
  }

  /** A lost connection is waited for; what needs a user to act is told to the callers that wait. */
  async #failed(error: unknown): Promise<void> {
    this.#expected = 0;
    const failure = toFailure(error, this.#parts.connection.label);
    if (isRefusal(failure)) this.#waiters.refuse(failure);
    else await sleep(RETRY, this.#ending.signal);
  }

  #forget(): void {
    this.#buffer = [];
    this.#unacked.forget();
    clearTimeout(this.#gathering);
    clearTimeout(this.#renewing);
    this.#expected = 0;
  }
}
