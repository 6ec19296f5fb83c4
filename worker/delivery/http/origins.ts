import { deferred } from '../../../lib/deferred.ts';
import { within } from '../../../lib/sleep.ts';
import type { Stopwatch } from '../../../lib/stopwatch.ts';

/** How long a delivery waits in line for an origin that moves, and how long one counts as moving; ms. */
const PATIENCE = 100;

interface Origin {
  active: number;
  /** When its first delivery began, or the last one ended. */
  movedAt: number;
  /** Those in line; each is told its turn. */
  readonly line: Set<() => void>;
}

/**
 * Shares the slots of a worker among origins, of which none may have more than `most`: a host that hangs holds up
 * deliveries to itself alone.
 */
export const createOrigins = (most: number, stopwatch: Stopwatch) => {
  const origins = new Map<string, Origin>();
  const freshOrigin = (name: string): Origin => {
    const origin = { active: 0, movedAt: stopwatch(), line: new Set<() => void>() };
    origins.set(name, origin);
    return origin;
  };
  const inLine = async (origin: Origin): Promise<boolean> => {
    const turn = deferred<boolean>();
    const tell = (): void => turn.resolve(true);
    origin.line.add(tell);
    return within(PATIENCE, turn.promise, () => !origin.line.delete(tell));
  };
  return {
    /** True when a delivery may begin, which `leave` has to be told the end of; false when the origin has its share. */
    async enter(name: string): Promise<boolean> {
      const origin = origins.get(name) ?? freshOrigin(name);
      if (origin.active < most) {
        origin.active++;
        return true;
      }
      // One that answers has room soon: thousands of deliveries to it need not be put off.
      return stopwatch() - origin.movedAt < PATIENCE && inLine(origin);
    },
    leave(name: string): void {
      const origin = origins.get(name);
      if (origin === undefined) return;
      origin.movedAt = stopwatch();
      const [next] = origin.line;
      if (next !== undefined) {
        // Its slot goes over to the first in line.
        origin.line.delete(next);
        next();
      } else if (--origin.active === 0) origins.delete(name);
    },
  };
};
