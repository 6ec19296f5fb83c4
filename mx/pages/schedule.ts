import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import { emptyInterval, settleWhen, whenSources } from '../present/event/when-fields.ts';
import type { WhenFields, WhenSource } from '../present/event/when-fields.ts';
import { whenPreview } from '../present/event/when-preview.ts';
import { fireText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** How the preview of a schedule looks while there is nothing to tell. */
const nothing = { words: '', warnings: [], fires: [], error: undefined };

/** What the schedule of an entry means and when it would fire, or why it is none, read as the scheduler does; it is empty while nothing was typed. `now` in ms. Pure. */
export const present = (trigger: string, now: number) => {
  if (trigger === '') return nothing;
  try {
    const { words, warnings, next } = explain(parseSchedule(trigger), now, { count: 5 });
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

/** The same for the form of an event trigger, with what its other fields have to say after a change of one. `now` in ms. Pure. */
export const presentWhen = (given: WhenFields, source: WhenSource, now: number) => {
  const { when, problems } = settleWhen(given, source);
  const names = Object.keys(when) as (keyof WhenFields)[];
  return {
    ...whenPreview(when, now),
    problems,
    /** Fields that follow; `shown` is the text that the page knows of. */
    fills: [
      ...names.filter((name) => when[name] !== given[name]).map((name) => ({ name, value: when[name] })),
      { name: 'shown', value: when.schedule },
    ],
  };
};

const text = z.string().max(4_000).trim().optional();
const unused = z.string().max(4_000).optional();

/** What the forms with schedules ask while the user types. Entries live in the time of the timetable, event triggers in real time. */
export const schedulePage = definePage({
  path: '/schedule',
  query: z.strictObject({
    ...{ trigger: text, schedule: text, epsilon: text, shown: unused },
    ...{ start: text, zone: text, every: text, unit: text, times: text },
    by: z.enum(whenSources).optional(),
  }),
  open: (
    { clock, timetableClock },
    { trigger = '', by = 'schedule', schedule, epsilon = '', ...interval },
  ) => {
    const { start = '', zone = 'Z', every = '', unit = emptyInterval.unit, times = '' } = interval;
    const shown =
      schedule === undefined
        ? { view: 'schedule', model: present(trigger, timetableClock.now()) }
        : {
            view: 'when-answer',
            model: presentWhen({ schedule, epsilon, start, zone, every, unit, times }, by, clock.now()),
          };
    return Promise.resolve({ ...shown, title: 'Schedule', dialog: true as const, still: true as const });
  },
});
