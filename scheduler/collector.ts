import { nextUowState } from '../domain/machine/transition.ts';
import type { ProcessEntry } from '../domain/model/process.ts';
import type { UowRecord } from '../domain/model/record.ts';
import { workQueue } from '../domain/model/queue-name.ts';
import { collect } from '../domain/strategy/collect.ts';
import type { Care, Remedy } from '../domain/strategy/collect.ts';
import { planReprocess } from '../domain/cascade/cascade.ts';
import { validateTimetable } from '../domain/cascade/validate.ts';
import type { UowChange, WriteGroup } from '../db/store.ts';
import { cascadeSteps } from './cascade.ts';
import type { Conductor } from './conductor.ts';
import type { FreerunDesk } from './freerun-desk.ts';
import { causeOf, ring } from './kernel.ts';
import type { Kernel } from './kernel.ts';

/** Units looked at before the turns go on. */
const MOST_UNITS = 1_000;
const MOST_LOG_ROWS = 5_000;

/** Who the collector works with. */
export interface CollectorParts {
  readonly kernel: Kernel;
  readonly conductor: Conductor;
  readonly freerun: FreerunDesk;
}

/** One round: mends what no event will mend. Returns how many units of work it touched. */
export const sweep = async (parts: CollectorParts): Promise<number> => {
  const { kernel, conductor } = parts;
  await conductor.exclusive(() => kernel.store.repair(kernel.limits.sweepInterval));
  const touched = await tendUnits(parts);
  await parts.freerun.tend();
  await conductor.exclusive(() => mendParents(parts));
  await kernel.store.expireLogs(kernel.clock.now() - kernel.limits.logTtl, MOST_LOG_ROWS);
  return touched;
};

interface Treatment {
  readonly uow: UowRecord;
  readonly entry: ProcessEntry;
  readonly remedy: Exclude<Remedy, { do: 'wait' }>;
}

/** Page by page, so that units nobody may touch, those of processes that are off, never hide the others. */
const tendUnits = async ({ kernel, conductor, freerun }: CollectorParts): Promise<number> => {
  const now = kernel.clock.now();
  const due = { now, rungBefore: now - kernel.limits.resubmitAfter, limit: MOST_UNITS };
  let touched = 0;
  let page: readonly UowRecord[] = [];
  do {
    const after = page.at(-1)?.id ?? '';
    const treated = await conductor.exclusive(async () => {
      page = await kernel.store.overdueUows({ ...due, after });
      return treat(kernel, treatmentsOf({ kernel, freerun, now }, page));
    });
    if (treated.length > 0) await conductor.report(treated.map((uow) => uow.id));
    touched += treated.length;
  } while (page.length === MOST_UNITS);
  return touched;
};

const treatmentsOf = (
  { kernel, freerun, now }: Pick<CollectorParts, 'kernel' | 'freerun'> & { readonly now: number },
  overdue: readonly UowRecord[],
): readonly Treatment[] => {
  const { limits } = kernel;
  const entries = new Map(kernel.context.processes.map((entry) => [entry.name, entry]));
  const treatments: Treatment[] = [];
  for (const uow of overdue) {
    const entry = entries.get(uow.processName);
    if (entry === undefined) continue;
    const on =
      uow.entryName === null ? kernel.entries.get(entry.name)?.on : freerun.isOn(entry.name, uow.entryName);
    const care: Care = { ...limits, now, on: on ?? false, retry: entry.retry };
    const remedy = collect(uow, care);
    if (remedy.do !== 'wait') treatments.push({ uow, entry, remedy });
  }
  return treatments;
};

const treat = async (kernel: Kernel, treatments: readonly Treatment[]): Promise<readonly UowRecord[]> => {
  if (treatments.length === 0) return [];
  const outcomes = await kernel.store.commit(treatments.map((treatment) => groupOf(kernel, treatment)));
  const applied = treatments.filter((_, i) => outcomes[i] === 'applied');
  for (const { uow, remedy } of applied) {
    if (remedy.do !== 'ring') kernel.log.warn(`${remedy.do} ${uow.id}: ${remedy.because}`, { uow: uow.id });
  }
  const toRing = applied.filter(({ remedy }) => remedy.do === 'ring' || remedy.do === 'repost');
  for (const entry of new Set(toRing.map((treatment) => treatment.entry))) {
    const ids = toRing.filter((treatment) => treatment.entry === entry).map((treatment) => treatment.uow.id);
    await ring(kernel, workQueue(entry), ids);
  }
  return applied.map((treatment) => treatment.uow);
};

const groupOf = (kernel: Kernel, { uow, remedy }: Treatment): WriteGroup => {
  const now = kernel.clock.now();
  if (remedy.do === 'ring') {
    const note = { kind: 'uow-note', id: uow.id, state: uow.state, set: { submittedAt: now } } as const;
    return { cause: causeOf(kernel, 'collector'), writes: [note] };
  }
  return { cause: causeOf(kernel, 'collector', remedy.because), writes: [changeOf(uow, remedy, now)] };
};

const changeOf = (
  uow: UowRecord,
  remedy: Exclude<Remedy, { do: 'wait' | 'ring' }>,
  now: number,
): UowChange => {
  const event = ({ repost: 'repost', quarantine: 'fail', cancel: 'cancel' } as const)[remedy.do];
  const base = {
    kind: 'uow',
    id: uow.id,
    from: uow.state,
    version: uow.version,
    event,
    to: nextUowState(uow.id, uow.state, event),
  } as const;
  switch (remedy.do) {
    case 'repost':
      return { ...base, set: { lease: null, retryAt: null, crashes: remedy.crashes, submittedAt: now } };
    case 'quarantine':
      return { ...base, set: { lease: null, retryAt: null, crashes: remedy.crashes, error: remedy.because } };
    case 'cancel':
      return { ...base, set: { lease: null, retryAt: null, finishedAt: now, error: remedy.because } };
  }
};

/** A finished parent over an active child is taken back, with all that stands on it. */
const mendParents = async ({ kernel, conductor }: CollectorParts): Promise<void> => {
  for (const { node, event } of validateTimetable(kernel.timetable)) {
    // Skipped children are seen to by the turns, which look at a parent whenever a child has finished.
    if (event !== 'reprocess' || !node.level.isFinished(node.index)) continue;
    const plan = planReprocess(kernel.timetable, node);
    const cause = causeOf(kernel, 'collector', 'finished over an active child');
    await conductor.apply(await cascadeSteps(kernel, plan, cause));
  }
};
