import type {
  JobPage,
  JournalFilter,
  KeptReport,
  OverdueQuery,
  RejectedFilter,
  Store,
  UowFilter,
} from '../../db/store.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import { isJobFinished } from '../../domain/machine/transition.ts';
import { isWithin } from '../../domain/key-range.ts';
import type { KeyRange } from '../../domain/key-range.ts';
import { isOldestFirst } from '../../db/uow-page.ts';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { LogRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import type { Memory, UnitRow } from './memory.ts';
import { dueAt } from '../../domain/strategy/rescue.ts';
import { isQuarantined } from '../../domain/timetable/standing.ts';

export const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

export const uowsByIds = ({ units }: Memory, ids: readonly string[]): UowRecord[] =>
  ids.flatMap((id) => units.get(id)?.uow ?? []);

/** All jobs, a page for each process. */
export function* jobPages({ jobs }: Memory): Generator<JobPage, undefined> {
  const all = [...jobs.values()].sort(
    (a, b) => compare(a.processName, b.processName) || compare(a.timeperiod, b.timeperiod),
  );
  for (const processName of new Set(all.map((job) => job.processName))) {
    const own = all.filter((job) => job.processName === processName);
    yield {
      processName,
      timeperiods: own.map(({ timeperiod }) => timeperiod),
      states: own.map(({ state }) => state),
      versions: own.map(({ version }) => version),
      uowCounts: own.map(({ uowCount }) => uowCount),
      redo: own.map(({ redo }) => redo),
      failures: own.map(({ failures }) => failures),
      relatedUows: own.map(({ relatedUow }) => relatedUow),
    };
  }
}

export const findUnits = ({ units }: Memory, filter: UowFilter): UowRecord[] => {
  const {
    processName,
    timeperiod,
    entryName,
    states,
    quarantined,
    from,
    to,
    after,
    except = [],
    limit,
  } = filter;
  const last = after === undefined ? undefined : units.get(after);
  if (after !== undefined && last === undefined) return [];
  const sign = isOldestFirst(filter) ? 1 : -1;
  const inOrder = (a: UnitRow, b: UnitRow): number =>
    sign * (compare(a.uow.createdAt, b.uow.createdAt) || a.position - b.position);
  return [...units.values()]
    .filter(
      (row) =>
        (processName === undefined || row.uow.processName === processName) &&
        (timeperiod === undefined || row.uow.timeperiod === timeperiod) &&
        (entryName === undefined || row.uow.entryName === entryName) &&
        (states === undefined || states.includes(row.uow.state)) &&
        (quarantined === undefined || isQuarantined(row.uow)) &&
        (from === undefined || row.uow.createdAt >= from) &&
        (to === undefined || row.uow.createdAt < to) &&
        !isWithin(except, row.uow.id) &&
        (last === undefined || inOrder(row, last) > 0),
    )
    .sort(inOrder)
    .slice(0, limit)
    .map(({ uow }) => uow);
};

type Due = Required<OverdueQuery>['after'];

export const overdueUnits = (
  { unfinished }: Memory,
  { state, before, after = { dueAt: -1, id: '' }, limit }: OverdueQuery,
): UowRecord[] => {
  const compareDue = (a: Due, b: Due): number => a.dueAt - b.dueAt || compare(a.id, b.id);
  return [...unfinished.values()]
    .filter(({ uow }) => uow.state === state)
    .map(({ uow }) => ({ uow, id: uow.id, dueAt: dueAt(uow) ?? Infinity }))
    .filter((due) => due.dueAt < before && compareDue(due, after) > 0)
    .sort(compareDue)
    .slice(0, limit)
    .map(({ uow }) => uow);
};

export const readJournal = ({ journal }: Memory, filter: JournalFilter): TransitionRecord[] => {
  const { entityId, entityPrefixes, after, before = Infinity, except = [], limit } = filter;
  const rows = journal.filter(
    (row) =>
      ((entityId === undefined && entityPrefixes === undefined) ||
        row.entityId === entityId ||
        entityPrefixes?.some((prefix) => row.entityId.startsWith(prefix)) === true) &&
      !isWithin(except, row.entityId) &&
      row.sequence > (after ?? -1) &&
      row.sequence < before,
  );
  return (after === undefined ? rows.reverse() : rows).slice(0, limit);
};

export const readRejected = (
  { rejected }: Memory,
  limit: number,
  { uowId, order = 'newest', after, except = [] }: RejectedFilter = {},
): KeptReport[] => {
  const found = rejected.filter(
    ({ id, sequence }) =>
      (uowId === undefined || id === uowId) &&
      !isWithin(except, id) &&
      (after === undefined || (order === 'oldest' ? sequence > after : sequence < after)),
  );
  return (order === 'oldest' ? found : found.reverse()).slice(0, limit);
};

export const countFinishedJobs = (
  { journal }: Memory,
  { from, to }: Parameters<Store['countFinishedJobs']>[0],
): number =>
  journal.filter(
    (row) => row.entityKind === 'job' && isJobFinished(row.to as JobState) && row.at >= from && row.at < to,
  ).length;

export const readLog = ({ log }: Memory, parentId: string, after: number, limit: number): LogRecord[] =>
  [...log.values()]
    .filter((line) => line.parentId === parentId && line.sequence > after)
    .sort((a, b) => a.sequence - b.sequence || a.attempt - b.attempt)
    .slice(0, limit);

export const expire = ({ log }: Memory, before: number, limit: number): number => {
  const old = [...log].filter(([, { at }]) => at < before).sort(([, a], [, b]) => a.at - b.at);
  const gone = old.slice(0, limit);
  for (const [key] of gone) log.delete(key);
  return gone.length;
};

export const countByState = (
  { units }: Memory,
  except: readonly KeyRange[] = [],
): Record<UowState, number> => {
  const counts = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
  for (const { uow } of units.values()) if (!isWithin(except, uow.id)) counts[uow.state]++;
  return counts;
};

export const countFailed = (
  { unfinished }: Memory,
  except: readonly KeyRange[] = [],
): { retrying: number; quarantined: number } => {
  const failed = [...unfinished.values()].filter(
    ({ uow }) => uow.state === 'INVALID' && !isWithin(except, uow.id),
  );
  const quarantined = failed.filter(({ uow }) => isQuarantined(uow)).length;
  return { retrying: failed.length - quarantined, quarantined };
};

/** Characters of all that is kept, as text. */
export const textLength = (memory: Memory): number =>
  JSON.stringify(memory, (_, value: unknown) => (value instanceof Map ? [...value] : value)).length;
