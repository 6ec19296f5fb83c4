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

/** What was deleted, and from when to when. */
export type ExpiredSum = Omit<ExpiredRecord, 'entity' | 'step'>;

export const sumOf = (a: ExpiredSum, b: ExpiredSum): ExpiredSum => ({
  uows: a.uows + b.uows,
  transitions: a.transitions + b.transitions,
  lines: a.lines + b.lines,
  reports: a.reports + b.reports,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
});

/** The record of an entity once a batch is counted in; the same record when it was before. */
export const addBatch = (
  known: ExpiredRecord | undefined,
  { step, entity, uows, counts }: ExpiredBatch,
): ExpiredRecord => {
  if (known?.step === step) return known;
  const ends = uows.map(endOf);
  const batch = { ...counts, from: Math.min(...ends), to: Math.max(...ends) };
  return { ...(known === undefined ? batch : sumOf(known, batch)), entity, step };
};

/** The record of a process once that of an entry, which goes, is counted in. */
export const addEntry = (
  known: ExpiredRecord | undefined,
  { processName, step }: { readonly processName: string; readonly step: string },
  entry: ExpiredRecord,
): ExpiredRecord => {
  if (known?.step === step) return known;
  const sum = known === undefined ? entry : sumOf(known, entry);
  return { ...sum, entity: processName, step };
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
