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

/** Resolves when `promise` does, or after `ms` milliseconds. Rejects when `promise` does before that. */
export const within = async (ms: number, promise: Promise<unknown>): Promise<void> => {
  const through = new AbortController();
  try {
    await Promise.race([promise, sleep(ms, through.signal)]);
  } finally {
    through.abort();
  }
};
