import { deferred } from '../../../lib/deferred.ts';
import { within } from '../../../lib/sleep.ts';
import type { Stopwatch } from '../../../lib/stopwatch.ts';

/** How long a delivery waits in line for an origin that moves, and how long one counts as moving; ms. */
const PATIENCE = 500;
/** After how long a delivery comes again that an origin had no room for, ms: at the least, and at most. */
const LEAST_WAIT = 1_000;
const LONGEST_WAIT = 10_000;

/** Ends of deliveries that the pace of an origin is smoothed over. */
const SMOOTHING = 8;

interface Origin {
  active: number;
  /** When its first delivery began, or the last one ended. */
  movedAt: number;
  /** Time between two ends, ms, smoothed. */
  pace: number;
  /** When the last one is to come again that was turned away. */
  bookedAt: number;
  /** Those in line; each is told its turn. */
  readonly line: Set<() => void>;
}

/** A delivery may begin, and has to say when it is over; or is to come again after so many milliseconds. */
export type OriginTurn = { readonly leave: () => void } | { readonly wait: number };

/** When the next one is to come again that an origin has no room for, which takes so many at once. */
const turnAway = (origin: Origin, most: number, now: number): OriginTurn => {
  const pace = Math.max(origin.pace, (now - origin.movedAt) / most);
  const booked = Math.max(origin.bookedAt, now + LEAST_WAIT) + pace;
  origin.bookedAt = Math.min(booked, now + LONGEST_WAIT);
  return { wait: Math.ceil(origin.bookedAt - now) };
};

/**
 * Shares the slots of a worker among origins, of which none may have more than `most`: a host that hangs holds up
 * deliveries to itself alone. Those that it has no room for are to come again one by one, as fast as it takes them: all at
 * once, each time, they would keep the worker from everything else.
 */
export const createOrigins = (most: number, stopwatch: Stopwatch) => {
  const origins = new Map<string, Origin>();
  const freshOrigin = (name: string): Origin => {
    const now = stopwatch();
    const origin = { active: 0, movedAt: now, pace: 0, bookedAt: now, line: new Set<() => void>() };
    origins.set(name, origin);
    return origin;
  };
  const inLine = async (origin: Origin): Promise<boolean> => {
    const turn = deferred<boolean>();
    const tell = (): void => turn.resolve(true);
    origin.line.add(tell);
    return within(PATIENCE, turn.promise, () => !origin.line.delete(tell));
  };
  const begin = (name: string, origin: Origin): OriginTurn => {
    const leave = (): void => {
      const now = stopwatch();
      origin.pace += (now - origin.movedAt - origin.pace) / SMOOTHING;
      origin.movedAt = now;
      const [next] = origin.line;
      if (next !== undefined) {
        // Its slot goes over to the first in line.
        origin.line.delete(next);
        next();
      } else if (--origin.active === 0) origins.delete(name);
    };
    return { leave };
  };
  return {
    async enter(name: string): Promise<OriginTurn> {
      const origin = origins.get(name) ?? freshOrigin(name);
      if (origin.active < most) {
        origin.active++;
        return begin(name, origin);
      }
      // One that answers has room soon: thousands of deliveries to it need not be put off.
      const moves = stopwatch() - origin.movedAt < PATIENCE;
      return moves && (await inLine(origin)) ? begin(name, origin) : turnAway(origin, most, stopwatch());
    },
  };
};
