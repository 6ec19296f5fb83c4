import { SERVICE_MARK, carriersOf } from '../lib/os/process-mark.ts';
import { usageOf } from '../lib/os/process-stat.ts';
import type { Usage } from '../lib/os/process-stat.ts';

/**
 * What all processes with a mark use: a service and whatever it has started, in whichever group. Memory that several of
 * them share counts for each. Undefined where the system does not tell.
 */
export const usageOfMarked = (mark: string): Usage | undefined => {
  const usages = carriersOf(SERVICE_MARK, mark)
    .map(usageOf)
    .filter((usage) => usage !== undefined);
  if (usages.length === 0) return undefined;
  return {
    rssBytes: usages.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    cpuMs: usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
};

/** What a service uses, as measured last. */
export interface Sample {
  /** Instant, ms. */
  readonly at: number;
  readonly rssBytes: number;
  readonly cpuMs: number;
  /** Of one core, since the sample before; null for the first. */
  readonly cpuPercent: number | null;
}

/** Measures what carries a mark; `before` is its sample before. */
export const sampleOf = (mark: string, now: number, before: Sample | undefined): Sample | undefined => {
  const usage = usageOfMarked(mark);
  if (usage === undefined) return undefined;
  if (before === undefined) return { at: now, ...usage, cpuPercent: null };
  // The usage of a process that ended without being waited for is missing from the sum.
  const used = Math.max(0, usage.cpuMs - before.cpuMs);
  return { at: now, ...usage, cpuPercent: (used / Math.max(1, now - before.at)) * 100 };
};
