import { HOUR } from '../../domain/time/calendar.ts';
import type { Store } from '../../db/store.ts';

const MINUTE = 60_000;
/** How long after its instant a change may still be on its way into the journal. */
const SETTLING = 2 * MINUTE;

/**
 * Jobs that ended within the last minute and the last hour before an instant, ms. Counts in the journal, so that nothing is forgotten at a restart. What was counted of a minute that is long over is
 * kept: however busy the hour was, a look costs the rows of a few minutes, but for the first one.
 */
export const createThroughput = ({ countFinishedJobs }: Pick<Store, 'countFinishedJobs'>) => {
  const settled = new Map<number, number>();

  return async (now: number) => {
    const first = Math.ceil((now - HOUR) / MINUTE);
    const isSettled = (minute: number): boolean => minute >= first && (minute + 1) * MINUTE + SETTLING <= now;
    // Beyond the hour; or ahead of a clock that was set back.
    for (const minute of settled.keys()) if (!isSettled(minute)) settled.delete(minute);
    const countMinute = async (minute: number): Promise<number> => {
      const known = settled.get(minute);
      if (known !== undefined) return known;
      const to = Math.min((minute + 1) * MINUTE, now + 1);
      const count = await countFinishedJobs({ from: minute * MINUTE, to });
      if (isSettled(minute)) settled.set(minute, count);
      return count;
    };
    const minutes = Array.from({ length: Math.floor(now / MINUTE) - first + 1 }, (_, index) => first + index);
    const [lastMinute, edge, ...whole] = await Promise.all([
      countFinishedJobs({ from: now - MINUTE, to: now + 1 }),
      countFinishedJobs({ from: now - HOUR, to: first * MINUTE }),
      ...minutes.map(countMinute),
    ]);
    return { lastMinute, lastHour: whole.reduce((sum, count) => sum + count, edge) };
  };
};

export type Throughput = ReturnType<typeof createThroughput>;
