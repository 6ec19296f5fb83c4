import type { Collection } from '../../collection.ts';
import type { MongoConnection } from '../connection.ts';

/** Steps of retention that were begun and are not finished. */
export const EXPIRY_STEP = 'expiry_step';

/** Counts a step in once, whoever else is at work on it, and be it one that stood still over steps to come. */
export const createCountIn = ({ collection, ride }: MongoConnection) => {
  const steps = collection<{ readonly _id: string }>(EXPIRY_STEP);
  return async <R extends { readonly step: string }, K extends keyof R & string>(
    records: Collection<R, K>,
    add: (known: R | undefined) => R,
    { key, step }: { readonly key: Pick<R, K>; readonly step: string },
  ): Promise<void> => {
    for (;;) {
      const known = await records.get(key);
      // In this order: who strikes the step off the record has counted it in before.
      if (known?.step === step || (await ride(() => steps.findOne({ _id: step }))) === null) return;
      const expected = { step: known?.step } as Partial<R>;
      const next = add(known);
      if (
        known === undefined ? await records.insertNew(next) : await records.compareAndSet(key, expected, next)
      )
        return;
    }
  };
};
