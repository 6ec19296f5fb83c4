/**
 * Where time comes from. Nothing in the product asks the machine for the time in any other way, so that a
 * simulation, a test or `--as-of` can hand in a clock of its own.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
}

/** What a timer of Node may be late by, ms: code that must be on time spends the last of it in turns of the event loop. */
export const TIMER_GRAIN = 1;

/**
 * The clock of the timetable under `--as-of`: the same rate as `base`, shifted by `offset` milliseconds.
 * Leases, retries and the journal stay on `base`: they speak of what really happens now.
 */
export const shiftedClock = (base: Clock, offset: number): Clock => ({ now: () => base.now() + offset });
