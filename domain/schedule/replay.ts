/**
 * Time that comes again since the clock was set back: instants up to `until` (ms) come for the `pass`-th time at most.
 */
export interface Replay {
  readonly until: number;
  readonly pass: number;
}

/** What comes again from `now` on, when the clock was set back from `until`; `known` came again already. */
export const replayed = (
  known: Replay | undefined,
  { now, until }: { now: number; until: number },
): Replay => {
  const isAgain = known !== undefined && known.until > now;
  return isAgain ? { until: Math.max(until, known.until), pass: known.pass + 1 } : { until, pass: 2 };
};

/** Which time an instant comes at most, 1 for the first. */
export const passOf = (at: number, replay: Replay | undefined): number =>
  replay === undefined || at > replay.until ? 1 : replay.pass;
