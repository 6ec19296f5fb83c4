import type { Message } from '../queue.ts';
import type { Delivery } from './channel.ts';

/** The messages that were handed out and not answered for yet, and those that were given back for later. */
export class UnackedMessages {
  readonly #visibilityTimeout: number;
  readonly #giveBack: (deliveries: readonly Delivery[]) => void;
  /** With the instant at which another consumer may have it, rising. */
  readonly #held = new Map<Delivery, number>();
  readonly #postponed = new Map<NodeJS.Timeout, readonly Delivery[]>();
  #expiring: NodeJS.Timeout | undefined;

  /** `giveBack` is called with what was held for `visibilityTimeout` milliseconds, and what was postponed. */
  constructor(visibilityTimeout: number, giveBack: (deliveries: readonly Delivery[]) => void) {
    this.#visibilityTimeout = visibilityTimeout;
    this.#giveBack = giveBack;
  }

  get held(): number {
    return this.#held.size;
  }

  get postponed(): number {
    return [...this.#postponed.values()].reduce((sum, { length }) => sum + length, 0);
  }

  hold(deliveries: readonly Delivery[]): Message[] {
    const until = performance.now() + this.#visibilityTimeout;
    for (const delivery of deliveries) this.#held.set(delivery, until);
    this.#watch();
    return deliveries.map((receipt) => ({ body: receipt.body, deliveries: receipt.deliveries, receipt }));
  }

  /** Those of the messages that are still held, which they are no longer. */
  release(messages: readonly Message[]): Delivery[] {
    return messages
      .map(({ receipt }) => receipt as Delivery)
      .filter((delivery) => this.#held.delete(delivery));
  }

  /** Gives back after `delay` milliseconds. */
  postpone(deliveries: readonly Delivery[], delay: number): void {
    if (deliveries.length === 0) return;
    const timer = setTimeout(() => {
      this.#postponed.delete(timer);
      this.#giveBack(deliveries);
    }, delay);
    this.#postponed.set(timer, deliveries);
  }

  forget(): void {
    this.#held.clear();
    for (const timer of this.#postponed.keys()) clearTimeout(timer);
    this.#postponed.clear();
    clearTimeout(this.#expiring);
    this.#expiring = undefined;
  }

  #watch(): void {
    const [until] = this.#held.values();
    if (this.#expiring !== undefined || until === undefined) return;
    this.#expiring = setTimeout(() => {
      this.#expiring = undefined;
      const now = performance.now();
      const expired = [...this.#held].flatMap(([delivery, end]) => (end <= now ? delivery : []));
      for (const delivery of expired) this.#held.delete(delivery);
      this.#watch();
      if (expired.length > 0) this.#giveBack(expired);
    }, until - performance.now());
  }
}
