import { InvalidArgumentError } from 'commander';
import { readDuration } from '../../domain/time/duration.ts';

/** An option that is a length of time, as ms. */
export const length = (text: string): number => {
  const ms = readDuration(text.trim());
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('expected a duration such as 90s or 5m');
  return ms;
};

/** An option that is an instant, as ms. */
export const instant = (text: string): number => {
  const ms = Date.parse(text);
  if (!(ms >= 0)) throw new InvalidArgumentError('expected an instant such as 2027-01-31T10:00:00Z');
  return ms;
};
