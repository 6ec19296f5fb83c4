import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import { distanceText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** How the preview of a trigger looks while there is nothing to tell. */
const nothing = { words: '', warnings: [], fires: [], error: undefined };

/** What a trigger means and when it would fire, or why it is none, read as the scheduler does; it is empty while nothing was typed. `timetableNow` in ms. Pure. */
export const present = (trigger: string, timetableNow: number) => {
  if (trigger === '') return nothing;
  try {
    const { words, warnings, next } = explain(parseSchedule(trigger), timetableNow, { count: 5 });
    return {
      words,
      warnings: warnings.map(({ text }) => text),
      fires: next.map((at) => distanceText(at, timetableNow)),
      error: undefined,
    };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    return { ...nothing, error: error.message };
  }
};

/** What the forms of triggers ask while the user types. */
export const triggerPage = definePage({
  path: '/trigger',
  query: z.strictObject({ trigger: z.string().max(300).trim().default('') }),
  open: ({ timetableClock }, { trigger }) =>
    Promise.resolve({
      view: 'trigger',
      title: 'Trigger',
      model: present(trigger, timetableClock.now()),
      dialog: true,
      still: true,
    }),
});
