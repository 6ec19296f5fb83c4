import type { Clock } from '../domain/clock.ts';

/** Time of the machine. Handed in at the edges of a program; whatever is inside takes the clock it is given. */
export const systemClock: Clock = { now: () => Date.now() };
