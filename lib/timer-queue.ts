import TinyQueue from 'tinyqueue';
import { TIMER_GRAIN } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';

/** The longest sleep in one go, ms: timers overflow at 2^31 ms, and a clock that was set is noticed so late at most. */
const LONGEST_SLEEP = 5_000;
/** A clock that is being adjusted goes back by less, ms: alarms are late by no more. */
const ADJUSTMENT = 1_000;

/** Told that the clock was set back, and by how many milliseconds at least: alarms that stand are to be reckoned anew. */
export type SetBackListener = (ms: number) => void;

/** Told the name of its alarm and the instant at which that stood, ms. */
export type Ring = (name: string, at: number) => void;

interface Alarm {
  readonly name: string;
  readonly at: number;
  readonly ring: Ring;
}

const byInstant = (a: Alarm, b: Alarm): number => a.at - b.at;

/**
 * One timer over a heap of named instants. Never rings early; an alarm set again replaces the old one. When the clock is
 * set ahead, what has become due rings within 5 s. When it is set back, alarms that stand would ring late by as much; only
 * who set them knows what they are to become, and is told within 5 s while any alarm stands.
 */
export class TimerQueue {
  readonly #clock: Clock;
  readonly #byName = new Map<string, Alarm>();
  /** Replaced and cleared alarms stay until they surface, or are more than those that stand. */
  #heap = new TinyQueue<Alarm>([], byInstant);
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #sleepingUntil = Infinity;
  readonly #onSetBack: SetBackListener | undefined;
  /** Latest reading of the clock. */
  #latest = -Infinity;

  constructor(clock: Clock, onSetBack?: SetBackListener) {
    this.#clock = clock;
    this.#onSetBack = onSetBack;
  }

  /** Rings `ring` once at `at` (ms of the clock given), at once when that has passed. */
  set(name: string, at: number, ring: Ring): void {
    const alarm = { name, at, ring };
    this.#byName.set(name, alarm);
    this.#heap.push(alarm);
    this.#compact();
    if (at < this.#sleepingUntil) this.#sleep();
  }

  clear(name: string): void {
    if (this.#byName.delete(name)) this.#compact();
  }

  /** Alarms that are kept, those that were replaced or cleared included. */
  get size(): number {
    return this.#heap.length;
  }

  /** Moves all alarms: for those that stand for a pause, not for an instant, when the clock was set back by `ms`. */
  bringForward(ms: number): void {
    this.#heap = new TinyQueue<Alarm>([], byInstant);
    this.#sleepingUntil = Infinity;
    for (const { name, at, ring } of [...this.#byName.values()]) this.set(name, at - ms, ring);
  }

  /** Instant of an alarm; undefined when it is not set. */
  at(name: string): number | undefined {
    return this.#byName.get(name)?.at;
  }

  /** Forgets all alarms. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#byName.clear();
    this.#heap = new TinyQueue<Alarm>([], byInstant);
    this.#sleepingUntil = Infinity;
  }

  /** Drops replaced and cleared alarms once they are the most: a schedule that is set again and again fills no memory. */
  #compact(): void {
    const dead = this.#heap.length - this.#byName.size;
    if (dead > this.#byName.size) this.#heap = new TinyQueue([...this.#byName.values()], byInstant);
  }

  #sleep(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#sleepingUntil = Infinity;
    const first = this.#heap.peek();
    if (first === undefined) return;
    this.#sleepingUntil = first.at;
    const now = this.#clock.now();
    this.#latest = Math.max(this.#latest, now);
    const left = first.at - now;
    if (left <= TIMER_GRAIN) this.#immediate = setImmediate(() => this.#wake());
    else this.#timer = setTimeout(() => this.#wake(), Math.min(LONGEST_SLEEP, left - TIMER_GRAIN));
  }

  #wake(): void {
    const now = this.#clock.now();
    const back = this.#latest - now;
    if (back > ADJUSTMENT) {
      this.#latest = now;
      this.#onSetBack?.(back);
    }
    for (let first = this.#heap.peek(); first !== undefined && first.at <= now; first = this.#heap.peek()) {
      this.#heap.pop();
      if (this.#byName.get(first.name) !== first) continue;
      this.#byName.delete(first.name);
      first.ring(first.name, first.at);
    }
    this.#sleep();
  }
}
