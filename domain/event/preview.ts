import { explain } from '../schedule/explain.ts';
import type { ScheduleExplanation } from '../schedule/explain.ts';
import { parseSchedule } from '../schedule/schedule.ts';
import { epsilonOf } from './trigger.ts';

/** Stands for the name of a trigger that has none yet. */
const previewed = { owner: 'local', id: 'preview' };

/** The schedule of an event trigger that a user looks at before it is one. Instants and lengths in ms. */
export interface PreviewInput {
  readonly schedule: string;
  /** Unless the schedule says it: 5 minutes by default. */
  readonly epsilon?: number;
  /** So many of the next firings, 10 by default. */
  readonly count?: number;
  /** The firings after this instant; now by default. */
  readonly from?: number;
}

/** What the schedule of an event trigger means. */
export interface TriggerPreview extends ScheduleExplanation {
  /** As written, with single spaces. */
  readonly schedule: string;
  readonly epsilon: number;
}

/** What the schedule of an event trigger means, at `now` (ms). Pure. Throws INVALID_SCHEDULE, INVALID_ARGUMENT. */
export const previewTrigger = (given: PreviewInput, now: number): TriggerPreview => {
  const { count, from = now } = given;
  const schedule = parseSchedule(given.schedule);
  const epsilon = epsilonOf({ ...previewed, ...given }, schedule);
  return { schedule: schedule.text, epsilon, ...explain(schedule, from, { epsilon, count }) };
};
