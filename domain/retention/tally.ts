import { jobKeyText } from '../model/entity.ts';
import type { ExpiredCounts, ExpiredJob, ExpiredRecord, JobKey, UowRecord } from '../model/record.ts';
import { endOf } from './expirable.ts';

/** What is known of a unit of work that a step deletes. */
export type ExpiredUow = Pick<
  UowRecord,
  'id' | 'kind' | 'processName' | 'timeperiod' | 'state' | 'version' | 'createdAt' | 'finishedAt'
>;

/** What a step deletes, of one entry or managed process. */
export interface ExpiredBatch {
  readonly step: string;
  readonly entity: string;
  /** At least one. */
  readonly uows: readonly ExpiredUow[];
  readonly counts: ExpiredCounts;
}

/** The record of an entity once a batch is counted in; the same record when it was before. */
export const addBatch = (
  known: ExpiredRecord | undefined,
  { step, entity, uows, counts }: ExpiredBatch,
): ExpiredRecord => {
  if (known?.step === step) return known;
  const ends = uows.map(endOf);
  return {
    entity,
    uows: (known?.uows ?? 0) + counts.uows,
    transitions: (known?.transitions ?? 0) + counts.transitions,
    lines: (known?.lines ?? 0) + counts.lines,
    reports: (known?.reports ?? 0) + counts.reports,
    from: Math.min(known?.from ?? Infinity, ...ends),
    to: Math.max(known?.to ?? -Infinity, ...ends),
    step,
  };
};

/** How many units of each job are in a batch. */
export const unitsByJob = ({ uows }: ExpiredBatch): readonly (JobKey & { readonly uows: number })[] => {
  const byJob = new Map<string, JobKey & { uows: number }>();
  for (const { kind, processName, timeperiod } of uows) {
    if (kind !== 'managed') continue;
    const key = jobKeyText({ processName, timeperiod });
    byJob.set(key, { processName, timeperiod, uows: (byJob.get(key)?.uows ?? 0) + 1 });
  }
  return [...byJob.values()];
};

/** The same for a job. */
export const addUnits = (
  known: ExpiredJob | undefined,
  { processName, timeperiod, uows }: JobKey & { readonly uows: number },
  step: string,
): ExpiredJob => {
  if (known?.step === step) return known;
  return { processName, timeperiod, uows: (known?.uows ?? 0) + uows, step };
};
