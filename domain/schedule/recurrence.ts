import { SynergyError } from '../errors.ts';

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
  /** One line for people. */
  readonly describe: () => string;
  /** How late a firing is still useful, in milliseconds; without it, always. */
  readonly epsilon?: number;
}

/** The error of a schedule text: `problem` names the part that is wrong and what it should be. */
export const invalidSchedule = (text: string, problem: string, example: string): SynergyError =>
  new SynergyError('INVALID_SCHEDULE', `schedule '${text.trimEnd()}': ${problem}, such as '${example}'`);
