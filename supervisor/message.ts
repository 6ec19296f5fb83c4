import type { ErrorCode } from '../domain/errors.ts';
import type { Json } from '../domain/model/process.ts';

/** Supervisor to unit. `brief` is what the root prepared for the unit; the supervisor does not look inside. */
export interface ToUnit {
  readonly type: 'begin';
  readonly owner: string;
  readonly brief: Json;
}

/** Unit to supervisor. `refused`: a deliberate error, in one line; `news`: for whoever started the supervisor. */
export type FromUnit =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'news'; readonly news: Json };

/** What people want of a unit, kept as a fact of the store; a later `at` is a new wish. */
export interface Wish {
  readonly desired: 'on' | 'off';
  /** Instant, ms. */
  readonly at: number;
  /** A running unit is stopped and started once for this wish. */
  readonly restart: boolean;
}

/** Name of the fact that holds the wish for a unit of a box. */
export const wishFact = (boxId: string, unit: string): string => `wish/${boxId}/${unit}`;
export const isWishFact = (fact: string): boolean => fact.startsWith('wish/');
