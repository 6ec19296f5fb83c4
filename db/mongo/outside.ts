import type { KeyRange } from '../../domain/key-range.ts';

/** The condition that a field is in one of these ranges. */
export const within = (field: string, ranges: readonly KeyRange[]): object => ({
  $or: ranges.map(([from, below]) => ({ [field]: { $gte: from, $lt: below } })),
});

/** The condition that it is in none. */
export const outside = (field: string, ranges: readonly KeyRange[] = []): object =>
  ranges.length === 0
    ? {}
    : { $nor: ranges.map(([from, below]) => ({ [field]: { $gte: from, $lt: below } })) };
