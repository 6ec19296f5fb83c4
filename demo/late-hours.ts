import type { Store } from '../db/store.ts';
import { isJobFinished } from '../domain/machine/transition.ts';
import { toInterval, current } from '../domain/time/timeperiod.ts';
import { ACCESS, readSourceState } from './access.ts';

/** Process whose jobs read the log. */
const READER = 'SiteHourly';

type Read = Pick<Store, 'data' | 'job' | 'findUows'>;

const isLate = async (store: Read, timeperiod: string): Promise<boolean> => {
  const job = await store.job({ processName: READER, timeperiod });
  if (job === undefined || !isJobFinished(job.state)) return false;
  const [last] = await store.findUows({ processName: READER, timeperiod, limit: 1 });
  const end = current('hourly', toInterval('hourly', timeperiod).end);
  const { highest = 0 } = await store.data.extent(ACCESS, { start: timeperiod, end });
  return highest > (last?.endId ?? 0);
};

/** Hours with lines that came after the job of the hour had finished, oldest first: to be reprocessed by a person. */
export const lateHours = async (store: Read): Promise<readonly string[]> => {
  const state = await readSourceState(store.data);
  const late: string[] = [];
  if (state?.kind !== 'log') return late;
  for (const hour of state.lateHours) if (await isLate(store, hour)) late.push(hour);
  return late;
};

const MOST_NAMED = 5;

/** What to tell of them; undefined when there are none. */
export const lateHoursText = (hours: readonly string[]): string | undefined => {
  const [first] = hours;
  if (first === undefined) return undefined;
  const named = hours.slice(0, MOST_NAMED).join(', ');
  const more = hours.length > MOST_NAMED ? ` and ${hours.length - MOST_NAMED} more` : '';
  return `the log has lines that came after their hour was computed, of ${named}${more}: compute such an hour again by 'synergy job reprocess ${READER} ${first}'`;
};
