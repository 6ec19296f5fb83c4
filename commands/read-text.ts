import { InvalidArgumentError } from 'commander';
import { LONGEST_TEXT } from '../scheduler/commands/request.ts';

const read =
  (least: number) =>
  (text: string): string => {
    const trimmed = text.trim();
    if (trimmed.length >= least && trimmed.length <= LONGEST_TEXT) return trimmed;
    throw new InvalidArgumentError(`expected ${least} to ${LONGEST_TEXT} characters`);
  };

/** Reads the option of a reason, which the API takes by the same rule. Throws what commander tells. */
export const readReason = read(1);

/** The same for a description, which may be empty. */
export const readDescription = read(0);
