import type { Consumer, ConsumerOptions, Message } from '../queue.ts';
import { pause } from './deadline.ts';
import { isRefusal, toFailure } from './failure.ts';
import { UnackedMessages } from './unacked.ts';
import { ConsumerChannel } from './channel.ts';
import type { Delivery } from './channel.ts';
import type { RabbitConnection } from './connection.ts';
import { Waiters } from './waiters.ts';
import { isDeadLetterQueue } from './topology.ts';

/** Milliseconds for which messages and settlements are kept while nobody takes: then others may have them. */
const LINGER = 100;
/** Milliseconds for which a take waits for the rest of what is known to come with its first message. */
const GATHER = 20;
/** Milliseconds between two tries to open a channel. */
const RETRY = 200;
/**
 * Milliseconds after which a subscription that brought nothing is made anew. RabbitMQ may lose one without a word: 3.10
 * does when the queue is deleted and made again at once, and delivers to nobody from then on.
 */
export const RENEWAL = 20_000;

export interface RabbitConsumerParts {
  readonly queue: string;
  readonly options: ConsumerOptions;
  readonly link: RabbitConnection;
  readonly renewal: number;
}

/**
 * Takes messages that the server pushes. It subscribes for no more than the takes that wait ask for, and holds
 * acknowledgements back for a moment, so that the server does not push to a worker that is busy what an idle one could
 * run. When nobody has taken for LINGER it unsubscribes.
 */
export class RabbitConsumer implements Consumer {
  readonly #parts: RabbitConsumerParts;
  readonly #takers = new Waiters();
  /** Pushed and not taken. */
  #buffer: Delivery[] = [];
  readonly #hand: UnackedMessages;
  readonly #ending = new AbortController();
  #lane: ConsumerChannel | undefined;
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
    this.#hand = new UnackedMessages(parts.options.visibilityTimeout, (deliveries) => {
      this.#giveBack(deliveries);
    });
  }

  take(max: number, signal?: AbortSignal): Promise<Message[]> {
    if (this.#closed || signal?.aborted === true) return Promise.resolve([]);
    const taking = this.#takers.wait(max, signal, () => {
      this.#adjust();
    });
    this.#adjust();
    return taking;
  }

  ack(messages: readonly Message[]): Promise<void> {
    this.#lane?.settle(this.#hand.release(messages), false);
    this.#adjust();
    return Promise.resolve();
  }

  nack(messages: readonly Message[], delay: number): Promise<void> {
    const returned = this.#hand.release(messages);
    if (delay > 0) this.#hand.postpone(returned, delay);
    else this.#giveBack(returned);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#ending.abort();
    this.#takers.dismiss();
    void this.#steer();
    return Promise.resolve();
  }

  /** Tells the server everything that is decided; what is not, it hands to others when the connection ends. */
  end(): void {
    this.#lane?.flush();
    this.#lane = undefined;
    clearTimeout(this.#tidying);
    this.#forget();
  }

  /** Is done with every message that is here and takes none until resumed; returns how many there were. */
  async drop(): Promise<number> {
    const suspension = (this.#suspension = Symbol('suspension'));
    await this.#steering;
    await this.#steer();
    // Whoever asked may have given up meanwhile.
    if (this.#suspension !== suspension) return 0;
    const dropped = this.#lane?.drop() ?? 0;
    this.#forget();
    return dropped;
  }

  resume(): void {
    this.#suspension = undefined;
    this.#adjust();
  }

  /** What of the server's queue is here: not taken, and taken. */
  get depth(): { readonly ready: number; readonly taken: number } {
    const ready = this.#buffer.length + this.#hand.postponed + (this.#lane?.returning ?? 0);
    return { ready, taken: this.#hand.held };
  }

  /** Closed, and nothing that it handed out can come back. */
  get over(): boolean {
    return this.#closed && this.#lane === undefined;
  }

  get #closed(): boolean {
    return this.#ending.signal.aborted;
  }

  get #room(): number {
    return this.#parts.options.prefetch - this.#hand.held;
  }

  /** How many messages more could be taken right now. */
  get #want(): number {
    if (this.#closed || this.#suspension !== undefined) return 0;
    return Math.max(0, Math.min(this.#takers.asked, this.#room) - this.#buffer.length);
  }

  /** After every change: hands out what can be, and sees to it that the server may push what is wanted, not more. */
  #adjust(): void {
    this.#serve();
    const want = this.#want;
    this.#idleSince = want > 0 ? undefined : (this.#idleSince ?? performance.now());
    if (this.#steering !== undefined) return;
    const { credit, withheldCredit } = this.#lane ?? { credit: 0, withheldCredit: 0 };
    const given = Math.min(withheldCredit, want - credit);
    if (2 * (credit + given) < want) void this.#steer();
    else {
      this.#lane?.giveCredit(given);
      this.#watchTidiness();
    }
  }

  #serve(): void {
    if (this.#expected > 0) return;
    while (this.#buffer.length > 0 && this.#room > 0) {
      const taker = this.#takers.first;
      if (taker === undefined) return;
      const taken = this.#buffer.splice(0, Math.min(taker.max, this.#room));
      this.#takers.serve(this.#hand.hold(taken));
    }
  }

  #giveBack(deliveries: readonly Delivery[]): void {
    this.#lane?.settle(deliveries, true);
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

  /** Since when a message lies here that nobody takes, the server is not told something, or it may push in vain. */
  #untidySince(): number | undefined {
    const since = [
      this.#buffer[0]?.at,
      this.#lane?.withheldSince,
      this.#lane?.subscribed === true ? this.#idleSince : undefined,
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
      if (this.#lane === undefined && this.#want > 0) await this.#openLane();
      const lane = this.#lane;
      if (lane === undefined) return;
      clearTimeout(this.#gathering);
      this.#expected = Infinity;
      const { withheld, returning } = lane;
      await lane.unsubscribe();
      clearTimeout(this.#renewing);
      if (this.#takers.size === 0) for (const delivery of this.#buffer.splice(0)) lane.reject(delivery, true);
      // What was decided meanwhile is held back as long as ever: until the server is told, it is counted here.
      lane.flush(withheld);
      await this.#subscribe(lane, returning);
      if (this.#closed && this.#isEmptyHanded(lane)) lane.close();
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** `returned` messages may not be among those counted yet. */
  async #subscribe(lane: ConsumerChannel, returned: number): Promise<void> {
    const ready = this.#want > 0 ? returned + (await lane.countReady()) : 0;
    const want = this.#want;
    this.#expected = Math.min(want, ready);
    if (want === 0) return;
    await lane.subscribe(want);
    this.#watchSilence(lane);
    this.#gathering = setTimeout(() => {
      this.#expected = 0;
      this.#adjust();
    }, GATHER);
  }

  #isEmptyHanded(lane: ConsumerChannel): boolean {
    return this.#hand.held + this.#hand.postponed + lane.withheld === 0;
  }

  #watchSilence(lane: ConsumerChannel): void {
    clearTimeout(this.#renewing);
    this.#renewing = setTimeout(() => {
      if (lane !== this.#lane) return;
      if (this.#isEmptyHanded(lane)) lane.close();
      else this.#watchSilence(lane);
    }, this.#parts.renewal);
  }

  async #openLane(): Promise<void> {
    const { link, queue } = this.#parts;
    const { model } = await link.up();
    const lane = new ConsumerChannel(queue, await model.createChannel(), {
      arrived: (delivery) => {
        this.#arrived(delivery);
      },
      lost: () => {
        if (this.#lane !== lane) return;
        this.#lane = undefined;
        this.#forget();
        this.#adjust();
      },
    });
    this.#lane = lane;
  }

  #arrived(delivery: Delivery): void {
    const { queue, options } = this.#parts;
    this.#expected--;
    this.#renewing?.refresh();
    if (delivery.deliveries > options.maxDeliveries && !isDeadLetterQueue(queue))
      this.#lane?.reject(delivery, false);
    else this.#buffer.push(delivery);
    if (this.#adjusting) return;
    this.#adjusting = true;
    // The others that came with it are told of in the same turn.
    queueMicrotask(() => {
      this.#adjusting = false;
      this.#adjust();
    });
  }

  /** A lost connection is waited for; what needs somebody to act is told to those who wait. */
  async #failed(error: unknown): Promise<void> {
    this.#expected = 0;
    const failure = toFailure(error, this.#parts.link.label);
    if (isRefusal(failure)) this.#takers.refuse(failure);
    else await pause(RETRY, this.#ending.signal);
  }

  #forget(): void {
    this.#buffer = [];
    this.#hand.forget();
    clearTimeout(this.#gathering);
    clearTimeout(this.#renewing);
    this.#expected = 0;
  }
}
