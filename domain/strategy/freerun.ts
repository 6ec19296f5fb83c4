import type { UowRecord } from '../model/record.ts';

/**
 * A firing with nothing in its way is prepared so long before its planned instant, ms: its unit is written, rung and
 * claimed ahead, and begins on the instant. No worker waits longer, however far its clock is behind.
 */
export const FIRING_LEAD = 50;

/**
 * When a unit claimed at `now` begins, ms: at once, unless it was prepared ahead of the instant that it was created for.
 * The embedded store says the same in SQL.
 */
export const startOf = (
  { createdAt, submittedAt }: Pick<UowRecord, 'createdAt' | 'submittedAt'>,
  now: number,
): number => (createdAt > submittedAt ? Math.max(now, Math.min(createdAt, now + FIRING_LEAD)) : now);
