import { SynergyError } from '../domain/errors.ts';
import { getFact } from './collections.ts';
import type { FactStore } from './collections.ts';
import type { JsonObject } from '../domain/model/process.ts';

/** Fact in which a copy leaves word of itself, in the store it is made in. */
export const COPY_FACT = 'copy';

/** Name of the store that was copied, and whether all of it is there. */
export interface CopyMark {
  readonly from: string;
  readonly finished: boolean;
}

export const markOf = async (store: FactStore): Promise<CopyMark | undefined> =>
  (await getFact(store, COPY_FACT)) as (CopyMark & JsonObject) | undefined;

/** Throws `COPY_UNFINISHED` for a store that holds a part of another: work in it would be done on half the truth. */
export const refuseUnfinishedCopy = async (store: FactStore): Promise<void> => {
  const mark = await markOf(store);
  if (mark === undefined || mark.finished) return;
  throw new SynergyError(
    'COPY_UNFINISHED',
    `this store holds an unfinished copy of '${mark.from}': finish it with 'synergy db copy', or empty this store`,
  );
};
