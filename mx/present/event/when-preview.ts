import { SynergyError } from '../../../domain/errors.ts';
import { DEFAULT_EPSILON } from '../../../domain/event/trigger.ts';
import { explain } from '../../../domain/schedule/explain.ts';
import { scheduleFault } from '../../../domain/schedule/nearest.ts';
import type { ScheduleFault } from '../../../domain/schedule/nearest.ts';
import { InvalidScheduleError } from '../../../domain/schedule/recurrence.ts';
import type { SchedulePart } from '../../../domain/schedule/recurrence.ts';
import { scheduleOf } from '../../../domain/schedule/schedule.ts';
import { parseDuration } from '../../../domain/time/duration.ts';
import type { WhenFields } from './when-fields.ts';
import { fireText } from '../time-text.ts';

/** The field that says a part of a schedule. */
const fieldOfPart = {
  repetition: 'times',
  start: 'start',
  period: 'every',
  epsilon: 'epsilon',
} as const satisfies Readonly<Record<SchedulePart, keyof WhenFields>>;

/** Fields beside which warnings stand. */
export type WarnedField = (typeof fieldOfPart)[SchedulePart];

export interface WhenPreview {
  readonly words: string;
  readonly fires: readonly ReturnType<typeof fireText>[];
  /** Warnings by the field that they concern; empty where there is none. */
  readonly beside: Readonly<Record<WarnedField, string>>;
  /** What is wrong with the text. */
  readonly fault: ScheduleFault | undefined;
  /** What is wrong with the epsilon. */
  readonly error: string | undefined;
}

const nothing: WhenPreview = {
  ...{ words: '', fires: [], fault: undefined, error: undefined },
  beside: { times: '', start: '', every: '', epsilon: '' },
};

/** What the schedule of an event trigger means and when it would fire, read as the scheduler does; or what is wrong with it. `now` in ms. Pure. */
export const whenPreview = (
  { schedule: typed, epsilon: late }: Pick<WhenFields, 'schedule' | 'epsilon'>,
  now: number,
): WhenPreview => {
  const text = typed.trim();
  if (text === '') return nothing;
  try {
    const schedule = scheduleOf(text);
    const epsilon = late.trim() === '' ? undefined : parseDuration(late);
    const { words, warnings, next } = explain(schedule, now, {
      epsilon: epsilon ?? schedule.epsilon ?? DEFAULT_EPSILON,
    });
    const about = (part: SchedulePart): string =>
      warnings.flatMap((warning) => (warning.part === part ? [warning.text] : [])).join(' ');
    const beside = { ...nothing.beside };
    for (const [part, field] of Object.entries(fieldOfPart)) beside[field] = about(part as SchedulePart);
    return { ...nothing, words, fires: next.map((at) => fireText(at, now)), beside };
  } catch (error) {
    if (error instanceof InvalidScheduleError) return { ...nothing, fault: scheduleFault(text, error) };
    if (error instanceof SynergyError) return { ...nothing, error: error.message };
    throw error;
  }
};
