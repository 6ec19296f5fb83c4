import type { LeaseBoard } from './lease-board.ts';

/** Renewals to await when no answer came: one may be on its way already, two tell an orphan. */
const DOUBT = 3;

/** The units of work that this host knows of: those it asks for, and those it holds until their report is answered. */
export interface HeldUows {
  /** These are asked for, or otherwise seen to. */
  expect(ids: readonly string[]): void;
  /** Of those expected, so many were won. */
  won(expected: readonly string[], ids: readonly string[]): void;
  /** It is unknown which of those expected are held: no answer came. The next renewals will tell. */
  doubt(expected: readonly string[]): void;
  /** The report of a unit held was answered. */
  answered(id: string): void;
  /** These are seen to no longer. */
  forget(ids: readonly string[]): void;
  /**
   * Units that this renewal and the one before list and that nobody here knows of: a claim was carried out, its answer
   * lost. One listing alone does not prove it, as a report may be answered while a renewal is on its way.
   */
  orphans(listed: readonly string[]): string[];
}

export const createHeldUows = (board: LeaseBoard): HeldUows => {
  // An id may be expected twice: a ring may be repeated.
  const known = new Map<string, number>();
  let suspects = new Set<string>();
  let doubts = 0;
  const count = (id: string, more: 1 | -1): void => {
    const now = (known.get(id) ?? 0) + more;
    if (now === 0) known.delete(id);
    else known.set(id, now);
  };
  const forget = (ids: readonly string[]): void => {
    for (const id of ids) count(id, -1);
  };
  return {
    forget,
    expect(ids) {
      for (const id of ids) count(id, 1);
    },
    won(expected, ids) {
      for (const id of ids) count(id, 1);
      forget(expected);
      board.hold(ids.length);
    },
    doubt(expected) {
      forget(expected);
      // An idle heart would not renew, and so never hear of them.
      if (doubts === 0) board.hold(1);
      doubts = DOUBT;
    },
    answered(id) {
      count(id, -1);
      board.hold(-1);
    },
    orphans(listed) {
      const unknown = listed.filter((id) => !known.has(id));
      const orphans = unknown.filter((id) => suspects.has(id));
      suspects = new Set(unknown);
      if (doubts > 0 && --doubts === 0) board.hold(-1);
      return orphans;
    },
  };
};
