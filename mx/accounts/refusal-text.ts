import type { Refused } from '../../scheduler/accounts/api.ts';

const SECOND = 1000;

/** Seconds until a try is looked at, whole ones. */
export const retrySeconds = ({ retryAfter = SECOND }: Refused): number =>
  Math.max(1, Math.ceil(retryAfter / SECOND));

/** Why a sign-in was refused; `wrong`: what is said of what was given. */
export const refusalText = (refused: Refused, wrong: string): string =>
  refused.because === 'wrong'
    ? wrong
    : `there were too many failed tries: wait ${retrySeconds(refused)} s and try again`;
