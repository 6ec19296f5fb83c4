import type { UowRecord } from '../model/record.ts';

/** What is to be done about a unit of work whose run died, and its crashes in a row. */
export interface CrashRemedy {
  readonly do: 'repost' | 'quarantine';
  readonly crashes: number;
  readonly because: string;
}

/** Decides about a unit whose run died without an answer; `what` happened, for people. A unit that always does so is set aside. */
export const afterCrash = (
  uow: Pick<UowRecord, 'crashes'>,
  maxCrashes: number,
  what: string,
): CrashRemedy => {
  const crashes = uow.crashes + 1;
  if (crashes < maxCrashes) return { do: 'repost', crashes, because: what };
  return { do: 'quarantine', crashes, because: `poison: ${crashes} crashes in a row, last: ${what}` };
};
