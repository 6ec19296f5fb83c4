import type { ProcessEntry } from '../model/process.ts';
import { DAY } from '../time/calendar.ts';

/** For how long the history of processes is kept that say nothing else of it. */
export interface RetentionDefaults {
  /** Of units of free-run entries, ms. */
  readonly uowTtl: number;
  /** Of units of jobs and their journal, ms. */
  readonly historyTtl: number;
  /** The newest units of an entry, or of a managed process, stay whatever their age. */
  readonly keepUnits: number;
}

/** For how long units of one kind are kept; `process`: undefined for one that is gone from the context. */
export const retentionOf = (
  kind: 'managed' | 'freerun',
  process: Pick<ProcessEntry, 'retention'> | undefined,
  defaults: RetentionDefaults,
): { readonly ttl: number; readonly keepUnits: number } => {
  const { ttlDays, keepUnits = defaults.keepUnits } = process?.retention ?? {};
  const byDefault = kind === 'freerun' ? defaults.uowTtl : defaults.historyTtl;
  return { ttl: ttlDays === undefined ? byDefault : ttlDays * DAY, keepUnits };
};
