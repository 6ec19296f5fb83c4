/** A Ctrl-C may arrive twice, from the terminal and through npm: so much later it is a second one, ms. */
const SECOND_SIGNAL = 500;
/** How often the shell that npm started us with is looked for, ms. */
const SHELL_WATCH = 500;

/** npm puts a shell between itself and us, which dies of a signal without passing it on: calls `lost` when it is gone. */
const watchShell = (lost: () => void): void => {
  const isUnderNpm = process.env['npm_lifecycle_event'] !== undefined;
  // With a channel we were started by ourselves, to outlive our parent.
  if (!isUnderNpm || process.send !== undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    lost();
  }, SHELL_WATCH);
  timer.unref();
};

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
  // Not SIGHUP: what nohup started has to outlive its terminal, and units end by themselves without their supervisor.
  process.on('SIGINT', heed);
  process.on('SIGTERM', heed);
  watchShell(heed);
};
