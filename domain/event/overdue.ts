import { FIRING_LEAD } from '../freerun/lead.ts';
import { plural } from '../plural.ts';
import { nextAfter, scheduleOf } from '../schedule/schedule.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { deadlineOf } from './trigger.ts';
import type { EventTrigger } from './trigger.ts';
import { clockTime } from './verdict.ts';

/** A firing that is so late, ms, is not missed but late: no policy leaves it out. */
const PUNCTUAL = 1_000;
/** Firings of a trigger, in vain, that become executions one by one: the newest ones. */
const MOST_EXPIRED = 100;
/** Those before them are counted up to here. */
const MOST_COUNTED = 10_000;

/** What the scheduler keeps of a trigger in memory. There may be hundreds of thousands, so that each field counts. */
export interface TriggerPlan extends Pick<EventTrigger, 'schedule' | 'epsilon' | 'missed' | 'overlap'> {
  /** `owner/id`. */
  readonly entry: string;
  /** The first firing that is not seen to, ms. */
  readonly next: number;
}

/** A firing that nothing is sent for, and why. */
export interface LostFiring {
  readonly at: number;
  readonly because: string;
}

/** What becomes of firings that are due. Instants in ms, oldest first. */
export interface DueFirings {
  readonly planned: readonly number[];
  readonly expired: readonly LostFiring[];
  /** The first firing that is not due yet; undefined when there is none any more. */
  readonly next: number | undefined;
}

/** A trigger as it is planned from an instant on, ms; undefined when it is off, or has no firing any more. */
export const planFrom = (trigger: EventTrigger, since: number): TriggerPlan | undefined => {
  const { owner, id, schedule, epsilon, missed, overlap, on, armedAt } = trigger;
  const next = on ? nextAfter(schedule, Math.max(since, armedAt)) : undefined;
  return next === undefined
    ? undefined
    : { entry: `${owner}/${id}`, schedule, epsilon, missed, overlap, next };
};

/** Firings from `first` up to `last`. */
const firingsBetween = (schedule: Schedule, first: number, last: number): number[] => {
  const found: number[] = [];
  for (let at = schedule.next(first - 1); at !== undefined && at <= last; at = schedule.next(at))
    found.push(at);
  return found;
};

/** The newest firings from `first` up to before `end`, at most `count`, and how many more there are. */
const newestBetween = (
  schedule: Schedule,
  { first, end, count }: { first: number; end: number; count: number },
): { readonly found: readonly number[]; readonly more: number } => {
  const found: number[] = [];
  let more = 0;
  for (let at = schedule.previous(end); at !== undefined && at >= first; at = schedule.previous(at)) {
    if (found.length < count) found.push(at);
    else if (more === MOST_COUNTED) break;
    else more++;
  }
  return { found: found.reverse(), more };
};

const moreText = (more: number): string => {
  if (more === 0) return '';
  const count = more === MOST_COUNTED ? `at least ${plural(more, 'firing')}` : plural(more, 'firing');
  return `; ${count} before it went the same way, and have no execution of their own`;
};

const leftOut = (missed: EventTrigger['missed']): string =>
  missed === 'last'
    ? 'left out: of the firings that were missed the latest goes out alone'
    : 'left out: no firing that was missed goes out';

/** Of the firings inside of the epsilon, those that go out. */
const isWanted = (missed: EventTrigger['missed'], now: number, latest: number | undefined) => (at: number) =>
  missed === 'all' || at > now - PUNCTUAL || (missed === 'last' && at === latest);

/**
 * What becomes of the firings of a trigger that are due at `now` (ms) or just ahead of it. Usually there is one. After an
 * absence, those that may still begin are planned as the trigger says, and the others become executions that have expired.
 */
export const dueFirings = (plan: TriggerPlan, now: number): DueFirings => {
  const schedule = scheduleOf(plan.schedule);
  const horizon = now + FIRING_LEAD;
  const next = schedule.next(horizon);
  const first = plan.next;
  const isSingle = schedule.next(first) === next && deadlineOf(plan, first) >= now;
  if (isSingle && first > now - PUNCTUAL) return { planned: [first], expired: [], next };
  const inTime = Math.max(first, now - plan.epsilon);
  const alive = firingsBetween(schedule, inTime, horizon);
  const wanted = isWanted(
    plan.missed,
    now,
    alive.findLast((at) => at <= now),
  );
  const planned = alive.filter(wanted);
  const unwanted = alive.filter((at) => !wanted(at)).slice(-MOST_EXPIRED);
  const { found, more } = newestBetween(schedule, {
    first,
    end: inTime,
    count: MOST_EXPIRED - unwanted.length,
  });
  const expired = [
    ...found.map((at) => {
      const [until, back] = [deadlineOf(plan, at), now].map((instant) => clockTime(instant, now));
      return { at, because: `could have begun until ${until}, the scheduler was back at ${back}` };
    }),
    ...unwanted.map((at) => ({ at, because: leftOut(plan.missed) })),
  ].map(({ at, because: why }, i) => ({ at, because: i === 0 ? `${why}${moreText(more)}` : why }));
  return { planned, expired, next };
};
