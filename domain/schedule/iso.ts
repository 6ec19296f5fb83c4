import { DAY } from '../time/calendar.ts';
import { isoParts, nearestPart } from './iso-parts.ts';
import { seriesText, seriesWarnings } from './iso-words.ts';
import { invalidPart, scheduleParts } from './recurrence.ts';
import type { Recurrence, SchedulePart } from './recurrence.ts';
import { averageLength, nextIn, previousIn } from './series.ts';
import type { Series } from './series.ts';

/** What a text says: the series, and how late a firing is still useful, in ms. */
interface Interval {
  readonly series: Series;
  readonly epsilon: number | undefined;
}

/** The nearest right text, with the keyword of the text that is wrong. */
const nearest = (keyword: string, body: string): string => {
  const texts = body.split('/').slice(0, scheduleParts.length);
  const parts = scheduleParts.slice(0, Math.max(texts.length, 3));
  return keyword + parts.map((part, i) => nearestPart(part, texts[i] ?? '')).join('/');
};

/** Reads a text without making a schedule of it, which takes longer. */
export const readIso = (text: string): Interval => {
  const keyword = text.startsWith('iso') ? 'iso ' : '';
  const body = text.slice(keyword.length);
  const refuse = (part: SchedulePart, given: string): Error =>
    invalidPart(text, `the ${part} '${given}' should be ${isoParts[part].expected}`, {
      part,
      nearest: nearest(keyword, body),
    });
  const [repetitionPart = '', startPart = '', periodPart = '', epsilonPart, ...rest] = body.split('/');
  const last = isoParts.repetition.read(repetitionPart);
  if (last === undefined) throw refuse('repetition', repetitionPart);
  const start = isoParts.start.read(startPart);
  if (start === undefined) throw refuse('start', startPart);
  const period = isoParts.period.read(periodPart);
  if (period === undefined) throw refuse('period', periodPart);
  const epsilon = epsilonPart === undefined ? undefined : isoParts.epsilon.read(epsilonPart);
  if (rest.length > 0 || (epsilonPart !== undefined && epsilon === undefined))
    throw refuse('epsilon', [epsilonPart, ...rest].join('/'));
  return { series: { ...start, period, last }, epsilon };
};

/**
 * `iso R[n]/<start>/P<period>[/E<epsilon>]`: an ISO-8601 repeating interval, with or without its keyword. `Rn` fires n
 * times after the first, `R` for ever. The start has a zone, `Z` or `+hh:mm`. Years and months of the period keep the day
 * of the start, or take the last of a shorter month (always counted from the start: 31 January is followed by
 * 28 February, and that by 31 March). The epsilon is a duration as in the period, without years and months.
 */
export const parseIso = (text: string): Recurrence => {
  const { series, epsilon } = readIso(text);
  return {
    next: (after) => nextIn(series, after),
    previous: (before) => previousIn(series, before),
    isFixed: series.last !== Infinity || averageLength(series.period) >= DAY,
    describe: (now) => seriesText(series, now),
    warnings: (now) => seriesWarnings(series, now),
    ...(epsilon !== undefined && { epsilon }),
  };
};
