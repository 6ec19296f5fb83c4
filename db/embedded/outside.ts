import type { Value } from '../../sqlite/statement.ts';
import type { KeyRange } from '../../domain/key-range.ts';

/** A condition, and what is bound to it. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** That a column is in none of these ranges; no index goes by it, so that the one by which a page is in order stays. */
export const outside = (column: string, ranges: readonly KeyRange[] = []): Condition => ({
  sql: ['TRUE', ...ranges.map(() => `NOT (${column} >= ? AND ${column} < ?)`)].join(' AND '),
  values: ranges.flat(),
});
