import type { Clock } from '../../domain/clock.ts';
import { getFact, putFact } from '../../db/collections.ts';
import type { FactStore } from '../../db/collections.ts';

/** The fact that there is an account, or is about to be: it stays, so that no fault of the accounts opens the door again. */
const ACCOUNTS_FACT = 'accounts';

/** What was read is believed for so long, ms. */
const BELIEVED_FOR = 1000;

/** Whether everything needs an account. */
export const createNeed = (store: FactStore, clock: Clock) => {
  let isNeeded = false;
  let readAt = -Infinity;
  return {
    isNeeded: async (): Promise<boolean> => {
      const age = clock.now() - readAt;
      if (isNeeded || (age >= 0 && age < BELIEVED_FOR)) return isNeeded;
      const now = clock.now();
      isNeeded = (await getFact(store, ACCOUNTS_FACT)) !== undefined || isNeeded;
      readAt = now;
      return isNeeded;
    },
    /** From now on, and before the first account is there. */
    begin: async (): Promise<void> => {
      if (!isNeeded) await putFact(store, ACCOUNTS_FACT, true);
      isNeeded = true;
    },
  };
};

export type Need = ReturnType<typeof createNeed>;
