/** A Ctrl-C may arrive twice, from the terminal and through npm: so much later it is a second one, ms. */
const SECOND_SIGNAL = 500;

/** Calls `first` at the first signal to end and `second` at those that follow. */
export const onEndSignals = (first: () => void, second: () => void): void => {
  let since: number | undefined;
  const heed = (): void => {
    const now = Date.now();
    if (since === undefined) {
      since = now;
      first();
    } else if (now - since >= SECOND_SIGNAL) second();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, heed);
};
