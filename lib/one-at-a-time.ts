/**
 * Runs what it is given, one at a time. A caller that asks during a run gets the next one, which all such callers share: the
 * one under way may have passed already what the caller asks about.
 */
export const oneAtATime = <T>(): ((run: () => Promise<T>) => Promise<T>) => {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = async (run: () => Promise<T>): Promise<T> => {
    await running;
    next = undefined;
    const begun = run();
    running = begun.catch(() => undefined);
    return begun;
  };
  return (run) => (next ??= begin(run));
};
