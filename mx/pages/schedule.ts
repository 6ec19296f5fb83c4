import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { DEFAULT_EPSILON } from '../../domain/event/trigger.ts';
import { parseSchedule, scheduleOf } from '../../domain/schedule/schedule.ts';
import { explain } from '../../domain/schedule/explain.ts';

import { parseDuration } from '../../domain/time/duration.ts';
import { fireText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** How the preview of a schedule looks while there is nothing to tell. */
const nothing = { words: '', warnings: [], fires: [], error: undefined };

/** A schedule that a user types: of an entry, or of an event trigger, whose epsilon belongs to it. */
export type ScheduleDraft =
  { readonly trigger: string } | { readonly schedule: string; readonly epsilon?: string | undefined };

const explained = (draft: ScheduleDraft, now: number) => {
  if ('trigger' in draft) return explain(parseSchedule(draft.trigger), now, { count: 5 });
  const schedule = scheduleOf(draft.schedule);
  const epsilon = draft.epsilon ? parseDuration(draft.epsilon) : undefined;
  return explain(schedule, now, { epsilon: epsilon ?? schedule.epsilon ?? DEFAULT_EPSILON });
};

/** What a schedule means and when it would fire, or why it is none, read as the scheduler does; it is empty while nothing was typed. `now` in ms. Pure. */
export const present = (draft: ScheduleDraft, now: number) => {
  if (('trigger' in draft ? draft.trigger : draft.schedule) === '') return nothing;
  try {
    const { words, warnings, next } = explained(draft, now);
    return {
      words,
      warnings: warnings.map(({ text }) => text),
      fires: next.map((at) => fireText(at, now)),
      error: undefined,
    };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    return { ...nothing, error: error.message };
  }
};

const text = z.string().max(4_000).trim();

/** What the forms with schedules ask while the user types. Entries live in the time of the timetable, event triggers in real time. */
export const schedulePage = definePage({
  path: '/schedule',
  query: z.strictObject({ trigger: text.optional(), schedule: text.optional(), epsilon: text.optional() }),
  open: ({ clock, timetableClock }, { trigger = '', schedule, epsilon }) =>
    Promise.resolve({
      view: 'schedule',
      title: 'Schedule',
      model:
        schedule === undefined
          ? present({ trigger }, timetableClock.now())
          : present({ schedule, epsilon }, clock.now()),
      dialog: true,
      still: true,
    }),
});
