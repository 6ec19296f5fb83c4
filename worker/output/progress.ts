/** Live progress of one run, thinned out: hands on the first update at once and then the newest, at most one per `interval` milliseconds. */
export const createProgress = (
  send: (progress: { done: number; total: number }) => void,
  interval: number,
) => {
  let newest: { done: number; total: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    if (newest) send(newest);
    newest = undefined;
  };
  const tick = (): void => {
    timer = newest ? setTimeout(tick, interval) : undefined;
    flush();
  };
  return {
    update: (done: number, total: number): void => {
      if (!Number.isFinite(done) || !Number.isFinite(total)) return;
      newest = { done, total };
      if (!timer) tick();
    },
    /** Hands on the last update that was held back. */
    end: (): void => {
      clearTimeout(timer);
      flush();
    },
  };
};
