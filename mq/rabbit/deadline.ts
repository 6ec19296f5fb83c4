import { startTimer } from '../../lib/os/timer.ts';

/** Settles with `work`, or rejects with what `late` makes when that takes more than `ms` milliseconds. */
export const within = async <T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
};

/** Resolves after `ms` milliseconds, or when the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stop = startTimer(ms, end);
    signal.addEventListener('abort', end);
    // It does not tell of an abort that was before.
    if (signal.aborted) end();
  });
