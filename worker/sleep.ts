import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Milliseconds after which a timer of Node fires at the latest; asked for more, it fires at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, or as soon as `signal` aborts; never rejects. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });

/** What a timer may be late by, ms. */
const TIMER_GRAIN = 1;

interface Watches {
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
}

/**
 * Resolves at `instant` of the clock, never before. Yet it takes no longer than `longest` ms, so that a clock that is
 * behind or set back holds nothing up, and ends as soon as `signal` aborts.
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
    // Timers are late by up to a millisecond and more: the last of it is spent in turns of the event loop.
    await (left > 0 ? sleep(left, signal) : setImmediate());
  }
};

/** Resolves when `promise` does, or after `ms` milliseconds. Rejects when `promise` does before that. */
export const within = async (ms: number, promise: Promise<unknown>): Promise<void> => {
  const through = new AbortController();
  try {
    await Promise.race([promise, sleep(ms, through.signal)]);
  } finally {
    through.abort();
  }
};
