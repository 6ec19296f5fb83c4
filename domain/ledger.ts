import { isUowFinished, nextJobState, nextUowState } from './machine/transition.ts';
import type { JobEvent, JobState } from './machine/job-machine.ts';
import type { UowEvent, UowState } from './machine/uow-machine.ts';
import { jobKeyText } from './model/record.ts';
import type { JobKey, TransitionRecord, UowRecord } from './model/record.ts';

/** What a sound ledger never breaks; design "Invariants". */
export type LedgerRule =
  'consecutive-versions' | 'legal-edge' | 'state-as-journaled' | 'one-unfinished-unit' | 'processed-by-unit';

/** One breach, with the entity it was found on. */
export interface Violation {
  readonly rule: LedgerRule;
  /** `process/timeperiod` of a job, id of a unit of work. */
  readonly entity: string;
  readonly text: string;
}

/** What is checked of a job. */
export interface LedgerJob extends JobKey {
  readonly state: JobState;
  readonly version: number;
  readonly relatedUow: string | null;
}

/** What is checked of a unit of work. */
export type LedgerUow = Pick<UowRecord, 'id' | 'kind' | 'processName' | 'timeperiod' | 'state' | 'version'>;

/** Takes rows in any number, then tells what is wrong with them all. */
export interface Ledger {
  /** In the order of the journal. */
  addTransition(row: TransitionRecord): void;
  addUow(uow: LedgerUow): void;
  /** After all units. */
  addJob(job: LedgerJob): void;
  /** After everything else. */
  violations(): readonly Violation[];
}

type Head = Pick<TransitionRecord, 'entityKind' | 'version' | 'to'>;

/** Whether an edge is one of the machine; of a job's `reprocess` the journal does not say if it had a unit, so either end will do. */
const isEdge = ({ entityKind, entityId, from, event, to }: TransitionRecord): boolean => {
  if (event === 'request') return entityKind === 'uow' && from === null && to === 'REQUESTED';
  try {
    if (entityKind === 'uow') return nextUowState(entityId, from as UowState, event as UowEvent) === to;
    const next = (hasUow: boolean): JobState =>
      nextJobState(entityId, (from ?? 'EMBRYO') as JobState, event as JobEvent, hasUow);
    return next(true) === to || next(false) === to;
  } catch {
    return false;
  }
};

const checkRow = (row: TransitionRecord, head: Head | undefined): Violation[] => {
  const { entityId: entity, version, from, event, to } = row;
  const found: Violation[] = [];
  const expected = (head?.version ?? 0) + 1;
  // What did not exist yet began at nothing or, a job, as EMBRYO.
  const before = head?.to ?? (row.entityKind === 'job' && from !== null ? 'EMBRYO' : null);
  if (version !== expected || from !== before) {
    const text = `version ${version} from ${String(from)} follows where version ${expected} from ${String(before)} was due`;
    found.push({ rule: 'consecutive-versions', entity, text });
  }
  if (!isEdge(row)) {
    found.push({
      rule: 'legal-edge',
      entity,
      text: `version ${version}: '${event}' does not lead from ${String(from)} to ${to}`,
    });
  }
  return found;
};

interface Books {
  readonly found: Violation[];
  /** Last row of each entity whose record was not seen yet. */
  readonly heads: Map<string, Head>;
  readonly uowStates: Map<string, UowState>;
  /** Unfinished unit by job. */
  readonly unfinished: Map<string, string>;
}

const headKey = (kind: Head['entityKind'], entity: string): string => `${kind} ${entity}`;
const standing = (state: string, version: number): string => `${state} at version ${version}`;

/** Compares a record with the last row of its journal. */
const settle = (
  books: Books,
  kind: Head['entityKind'],
  record: { id: string; state: string; version: number },
): void => {
  const key = headKey(kind, record.id);
  const head = books.heads.get(key);
  books.heads.delete(key);
  const untouched = kind === 'job' ? standing('EMBRYO', 0) : 'nothing';
  const journaled = head === undefined ? untouched : standing(head.to, head.version);
  const recorded = standing(record.state, record.version);
  if (recorded === journaled) return;
  const text = `the record says ${recorded}, the journal ${journaled}`;
  books.found.push({ rule: 'state-as-journaled', entity: record.id, text });
};

const addUow = (books: Books, uow: LedgerUow): void => {
  settle(books, 'uow', uow);
  books.uowStates.set(uow.id, uow.state);
  if (uow.kind === 'freerun' || isUowFinished(uow.state)) return;
  const entity = jobKeyText(uow.processName, uow.timeperiod);
  const other = books.unfinished.get(entity);
  books.unfinished.set(entity, uow.id);
  if (other === undefined) return;
  books.found.push({
    rule: 'one-unfinished-unit',
    entity,
    text: `${other} and ${uow.id} are both unfinished`,
  });
};

const addJob = (books: Books, job: LedgerJob): void => {
  const entity = jobKeyText(job.processName, job.timeperiod);
  settle(books, 'job', { ...job, id: entity });
  if (job.state !== 'PROCESSED') return;
  const state = books.uowStates.get(job.relatedUow ?? '') ?? 'missing';
  if (state === 'PROCESSED') return;
  const text = `it is PROCESSED, its unit of work ${job.relatedUow ?? ''} is ${state}`;
  books.found.push({ rule: 'processed-by-unit', entity, text });
};

const withoutRecord = (key: string): Violation => ({
  rule: 'state-as-journaled',
  entity: key.slice(key.indexOf(' ') + 1),
  text: 'it is in the journal and has no record',
});

/** An empty ledger. Memory grows with the number of entities, not with the length of the journal. */
export const createLedger = (): Ledger => {
  const books: Books = { found: [], heads: new Map(), uowStates: new Map(), unfinished: new Map() };
  return {
    addTransition: (row) => {
      const key = headKey(row.entityKind, row.entityId);
      books.found.push(...checkRow(row, books.heads.get(key)));
      books.heads.set(key, row);
    },
    addUow: (uow) => addUow(books, uow),
    addJob: (job) => addJob(books, job),
    violations: () => [...books.found, ...Array.from(books.heads.keys(), withoutRecord)],
  };
};
