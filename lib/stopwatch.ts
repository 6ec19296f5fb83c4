/**
 * Milliseconds of a monotonic clock that all threads of a process share; its zero means nothing. Leases are
 * counted by it where only their length matters: a clock on the wall may jump.
 */
export type Stopwatch = () => number;

export const stopwatch: Stopwatch = () => Number(process.hrtime.bigint() / 1_000_000n);
