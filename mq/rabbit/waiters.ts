import { deferred } from '../../lib/deferred.ts';
import type { Deferred } from '../../lib/deferred.ts';
import type { Message } from '../queue.ts';

/** One who waits for messages. */
interface Waiter extends Deferred<Message[]> {
  readonly max: number;
}

/** Those who wait for messages, first come first served. */
export class Waiters {
  readonly #waiting: Waiter[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  /** How many messages they ask for together. */
  get asked(): number {
    return this.#waiting.reduce((sum, { max }) => sum + max, 0);
  }

  get first(): { readonly max: number } | undefined {
    return this.#waiting[0];
  }

  /** Resolves with what `serve` gives to it, with none when the signal aborts; `left` is called when it does. */
  wait(max: number, signal: AbortSignal | undefined, left: () => void): Promise<Message[]> {
    const waiter: Waiter = { max, ...deferred<Message[]>() };
    const leave = (): void => {
      const place = this.#waiting.indexOf(waiter);
      if (place < 0) return;
      this.#waiting.splice(place, 1);
      waiter.resolve([]);
      left();
    };
    this.#waiting.push(waiter);
    signal?.addEventListener('abort', leave);
    return waiter.promise.finally(() => signal?.removeEventListener('abort', leave));
  }

  serve(messages: Message[]): void {
    this.#waiting.shift()?.resolve(messages);
  }

  dismiss(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve([]);
  }

  refuse(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
