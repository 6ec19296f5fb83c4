import { SynergyError } from '../../domain/errors.ts';

/**
 * Refuses a command that was given for another version of the thing it is about than it has now; one that names no version
 * is for any. Throws VERSION_CHANGED.
 */
export const checkVersion = (what: string, expected: number | undefined, actual: number): void => {
  if (expected === undefined || expected === actual) return;
  throw new SynergyError(
    'VERSION_CHANGED',
    `${what} has version ${actual} now, and was expected to have ${expected}: look at it again and repeat`,
  );
};
