import { setImmediate } from 'node:timers/promises';
import { TIMER_GRAIN } from '../domain/clock.ts';
import type { Clock } from '../domain/clock.ts';
import { startTimer } from './os/timer.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts; never rejects. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      stop();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const stop = startTimer(ms, end);
    signal?.addEventListener('abort', end);
  });

/** Lets all else go on that waits for this process. */
export const giveWay = (): Promise<void> => setImmediate();

interface Watches {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
}

/**
 * Resolves at `instant` of the clock, and not before unless `longest` ms have passed, as when the clock was set back, or
 * `signal` has aborted.
 */
export const sleepUntil = async (
  instant: number,
  { clock, stopwatch }: Watches,
  longest: number,
  signal: AbortSignal,
): Promise<void> => {
  // Both tell whole milliseconds, each with fractions of its own.
  const end = stopwatch() + longest + 1;
  while (clock.now() < instant && stopwatch() < end && !signal.aborted) {
    const left = Math.min(instant - clock.now(), end - stopwatch()) - TIMER_GRAIN;
    await (left > 0 ? sleep(left, signal) : setImmediate());
  }
};

/** Settles with `promise`, or with what `late` answers or throws when that takes longer than `ms` milliseconds. */
export const within = async <T, L = undefined>(
  ms: number,
  promise: Promise<T>,
  late: () => L = () => undefined as L,
): Promise<T | L> => {
  let stop = (): void => undefined;
  const end = new Promise<void>((resolve) => (stop = startTimer(ms, resolve)));
  try {
    return await Promise.race([promise, end.then(late)]);
  } finally {
    stop();
  }
};

/** How often `waitUntil` looks, ms. */
const POLL = 100;

/** Looks again and again until `done` says so; false when that takes longer than `limit` ms. */
export const waitUntil = async (done: () => boolean | Promise<boolean>, limit: number): Promise<boolean> => {
  const end = performance.now() + limit;
  while (!(await done())) {
    if (performance.now() >= end) return false;
    await sleep(POLL);
  }
  return true;
};
