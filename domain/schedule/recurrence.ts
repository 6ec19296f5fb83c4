import { SynergyError } from '../errors.ts';

/** The parts of an ISO-8601 repeating interval with an epsilon, in their order. */
export const scheduleParts = ['repetition', 'start', 'period', 'epsilon'] as const;

export type SchedulePart = (typeof scheduleParts)[number];

/** What a user should know of a schedule besides when it fires, and the part of the text that it is about. */
export interface ScheduleWarning {
  readonly part: SchedulePart;
  /** A sentence. */
  readonly text: string;
}

/** When something fires: what each of the four grammars is read into. Instants are milliseconds since the epoch. */
export interface Recurrence {
  /** The first firing strictly after an instant; undefined when there is none left. */
  readonly next: (after: number) => number | undefined;
  /** The last firing strictly before an instant; undefined when there was none. */
  readonly previous: (before: number) => number | undefined;
  /**
   * Fixed times of day, or firings that are counted: none comes twice when a clock is set back. Others go by intervals
   * shorter than a day, which go on.
   */
  readonly isFixed: boolean;
  /** The schedule in words as they are said at an instant, to stand within a sentence: `every day at 08:00 UTC`. */
  readonly describe: (now: number) => string;
  /** What is peculiar to its grammar; none by default. */
  readonly warnings?: (now: number) => ScheduleWarning[];
  /** How late a firing is still useful, in milliseconds; without it, always. */
  readonly epsilon?: number;
}

/** Code `INVALID_SCHEDULE`. The message names the part that is wrong and what it should be. */
export class InvalidScheduleError extends SynergyError {
  /** The part of a repeating interval that is wrong, and the right text that is nearest to the whole. */
  readonly correction: { readonly part: SchedulePart; readonly nearest: string } | undefined;

  constructor(message: string, correction?: InvalidScheduleError['correction']) {
    super('INVALID_SCHEDULE', message);
    this.name = 'InvalidScheduleError';
    this.correction = correction;
  }
}

const problemText = (text: string, problem: string, example: string): string =>
  `schedule '${text.trimEnd()}': ${problem}, such as '${example}'`;

/** The error of a schedule text: `problem` names the part that is wrong and what it should be. */
export const invalidSchedule = (text: string, problem: string, example: string): InvalidScheduleError =>
  new InvalidScheduleError(problemText(text, problem, example));

/** The error of a repeating interval. */
export const invalidPart = (
  text: string,
  problem: string,
  correction: { readonly part: SchedulePart; readonly nearest: string },
): InvalidScheduleError =>
  new InvalidScheduleError(problemText(text, problem, correction.nearest), correction);
