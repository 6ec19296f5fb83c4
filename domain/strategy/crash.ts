import { plural } from '../plural.ts';
import type { ProcessEntry } from '../model/process.ts';
import { isWorkerActor } from '../model/actor.ts';
import type { TransitionRecord, UowRecord } from '../model/record.ts';

/** What is to be done about a unit of work whose run died, and its crashes in a row. */
export interface CrashDecision {
  readonly do: 'repost' | 'quarantine';
  readonly crashes: number;
  readonly because: string;
}

const POISON = 'poison: ';

/** Decides about a unit whose run died without an answer; `what` happened, for people. A unit that always does so is set aside. */
export const afterCrash = (
  uow: Pick<UowRecord, 'crashes'>,
  maxCrashes: number,
  what: string,
): CrashDecision => {
  const crashes = uow.crashes + 1;
  if (crashes < maxCrashes) return { do: 'repost', crashes, because: what };
  return {
    do: 'quarantine',
    crashes,
    because: `${POISON}${plural(crashes, 'crash', 'crashes')} in a row, last: ${what}`,
  };
};

/**
 * Whether a row of the journal that made a unit INVALID quarantines it. A worker fails a unit for a retry, unless that has
 * crashed too often; the scheduler and its collector fail one for a user to see to.
 */
export const isQuarantiningRow = ({ actor, reason }: Pick<TransitionRecord, 'actor' | 'reason'>): boolean =>
  !isWorkerActor(actor) || reason?.startsWith(POISON) === true;

/** How many times more leases than other crashes a unit of a handler may lose in a row. */
const DOUBT = 3;

/**
 * Leases in a row that a unit may lose. One of a handler is run in a process of its own once it has lost one: had it
 * been the unit, that process would have died alone, and its worker would have told. So another lost lease says little
 * against it. Still there is an end, for what takes down even the worker beside it.
 */
export const mostLostLeases = ({ worker }: Pick<ProcessEntry, 'worker'>, maxCrashes: number): number =>
  worker.kind === 'handler' ? DOUBT * maxCrashes : maxCrashes;
