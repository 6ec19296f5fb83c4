import type { Schedule } from './schedule.ts';

/** The next instants after `now` at which a schedule fires, at most `count`; ms. */
export const nextFires = (schedule: Pick<Schedule, 'next'>, now: number, count = 5): number[] => {
  const fires: number[] = [];
  for (let at = schedule.next(now); at !== undefined && fires.length < count; at = schedule.next(at))
    fires.push(at);
  return fires;
};
