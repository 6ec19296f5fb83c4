import type { UowRecord } from '../model/record.ts';

/**
 * A firing with nothing in its way is prepared so long before its planned instant, ms: its unit is written, rung and
 * claimed ahead, and begins on the instant. No worker waits longer, however far its clock is behind.
 */
export const FIRING_LEAD = 50;

/**
 * When a unit claimed at `now` begins, ms: at once, unless it was prepared ahead of its instant. A claim is never refused for
 * that: clocks of boxes differ, and one may be set back. The embedded store says the same in SQL.
 */
export const beginsAt = (
  { notBefore }: { readonly notBefore?: UowRecord['notBefore'] },
  now: number,
): number => Math.max(now, Math.min(notBefore ?? now, now + FIRING_LEAD));
