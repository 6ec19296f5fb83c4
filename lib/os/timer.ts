/** Milliseconds after which a timer of Node fires at the latest; asked for more, it fires at once. */
const LONGEST_STEP = 2 ** 31 - 1;

/**
 * Calls `run` once after `ms` milliseconds, however many these are; returns what calls it off. The process does not end
 * before, unless it is not `awaited`.
 */
export const startTimer = (ms: number, run: () => void, awaited = true): (() => void) => {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const step = Math.min(left, LONGEST_STEP);
    timer = setTimeout(() => (left > step ? wait(left - step) : run()), step);
    if (!awaited) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
};

/** A signal of its own; `end` is to be called as soon as nothing waits for it any more. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/**
 * A signal that aborts with another one, or after `ms` milliseconds. It stands in for `AbortSignal.any` over
 * `AbortSignal.timeout`: on Node 20 such a composite may be collected as garbage while listeners wait for it, and then
 * never aborts. Here the timer and the other signal hold on to it until `end`.
 */
export const deadline = (ms: number, signal: AbortSignal): Deadline => {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  const stop = startTimer(ms, abort);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  return {
    signal: controller.signal,
    end: () => {
      stop();
      signal.removeEventListener('abort', abort);
    },
  };
};
