import { InvalidArgumentError } from 'commander';
import { MOST_FAILURES } from '../../domain/event/trigger.ts';
import type { Json } from '../../domain/model/process.ts';
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

/** An option that is a payload. */
export const payload = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new InvalidArgumentError(`expected JSON such as '{"days": 7}'`);
  }
};

/** An option that is a number of failures in a row. */
export const failures = (text: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_FAILURES) return count;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_FAILURES}`);
};
