import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { nextFires } from '../../domain/schedule/next-fires.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import { distanceText } from '../present/time-text.ts';
import { definePage } from './page.ts';

/** When a trigger would fire, or why it is none, read as the scheduler does; it is empty while nothing was typed. `timetableNow` in ms. Pure. */
export const present = (trigger: string, timetableNow: number) => {
  if (trigger === '') return { trigger, fires: [], error: undefined };
  try {
    const fires = nextFires(parseSchedule(trigger), timetableNow);
    return { trigger, fires: fires.map((at) => distanceText(at, timetableNow)), error: undefined };
  } catch (error) {
    if (!(error instanceof SynergyError)) throw error;
    return { trigger, fires: [], error: error.message };
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
