import type { UowRecord } from './record.ts';

/** Reason of a worker that gives back a unit whose claim was never answered: an attempt that never ran. */
export const givenBack = 'given back: its worker does not know of it';

/** Reason of a worker that gives back a unit it had to break off, since it was stopped itself. */
export const brokenOff = 'given back: its worker was stopped';

/** Whether a unit came back for a reason that says nothing about it: the bound on its attempts leaves such a one out. */
export const isGivenBack = (reason: string | null): boolean => reason === givenBack || reason === brokenOff;

/** What no longer counts of a unit that is given back: one attempt more than before. */
export const uncounted = ({
  released,
  createdAt,
}: Pick<UowRecord, 'released' | 'createdAt'>): NonNullable<UowRecord['released']> => ({
  attempt: (released?.attempt ?? 0) + 1,
  at: released?.at ?? createdAt,
});
