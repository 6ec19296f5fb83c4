import { sleep } from '../../lib/sleep.ts';

/**
 * Has `follow` wait for news of a server again and again, `pause` ms between two, until the signal aborts or what it returns is called.
 * That it failed is not told: whoever follows a server also asks it each second.
 */
export const keepFollowing = (
  follow: (signal: AbortSignal) => Promise<void>,
  pause: number,
  closing: AbortSignal,
): (() => void) => {
  const ended = new AbortController();
  const signal = AbortSignal.any([closing, ended.signal]);
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await follow(signal).catch(() => undefined);
      await sleep(pause, signal);
    }
  };
  void run();
  return () => ended.abort();
};
