import type { ProcessEntry } from '../../model/process.ts';
import { mostLostLeases } from '../../strategy/crash.ts';
import { leave, report } from '../state.ts';
import type { CheckState, Check } from '../state.ts';

/** 12: attempts end. Those before a user released the unit do not count. */
export const createAttemptsCheck = (checked: CheckState): Check => {
  const { limits, context } = checked.evidence;
  if (limits === undefined || context === undefined) {
    leave(checked, 12, 'needs the limits of the settings and the context');
    return {};
  }
  const entries = new Map(context.processes.map((entry): [string, ProcessEntry] => [entry.name, entry]));
  return {
    unit_of_work: ({ id: entity, processName, crashes, attempt }, head) => {
      const atMost = (bound: number, what: string, found: number): void => {
        if (found > bound)
          report(checked, 12, { entity, expected: `${bound} ${what} at most`, found: String(found) });
      };
      const entry = entries.get(processName);
      if (entry === undefined) return;
      const most = mostLostLeases(entry, limits.maxCrashes);
      atMost(most, 'crashes in a row', crashes);
      const { maxAttempts } = entry.retry;
      atMost(maxAttempts, 'reported failures', head.failures);
      // A failure at the last attempt ends it; in that attempt's place the worker may die, and die again.
      atMost(maxAttempts - 1 + most, 'attempts', attempt - head.released);
    },
  };
};
