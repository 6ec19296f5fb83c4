import { SynergyError } from '../../domain/errors.ts';

/** An instant, as a number or as people write one; ms. Throws INVALID_ARGUMENT. */
export const readInstant = (text: string): number => {
  const instant = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(instant)) return instant;
  throw new SynergyError('INVALID_ARGUMENT', `'${text}' is no instant: expected 2027-01-31T10:00:00Z`);
};
