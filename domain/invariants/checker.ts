import { entryState } from '../machine/entry-machine.ts';
import { entityRef, entryKeyText, jobKeyText } from '../model/entity.ts';
import { createAttemptsCheck } from './checks/attempts.ts';
import { headOf, checkedTables } from './state.ts';
import type { CheckState, Check, CheckedRows } from './state.ts';
import { createSecretScan } from './secrets.ts';
import { createCommandCheck } from './checks/commands.ts';
import { createCoverCheck } from './checks/cover.ts';
import { advanceHead } from './advance-head.ts';
import type { Evidence } from './evidence.ts';
import { createFenceCheck } from './checks/fence.ts';
import { createInputsCheck } from './checks/inputs.ts';
import { createEpochCheck, createJournalCheck } from './checks/journal.ts';
import { createPeriodsCheck } from './checks/periods.ts';
import { createProgressCheck } from './checks/progress.ts';
import {
  createNameCheck,
  createProcessedCheck,
  createRestCheck,
  createStandingCheck,
  createUnfinishedCheck,
} from './checks/records.ts';
import { createKeptCheck, createNewestRowsCheck } from './checks/kept.ts';
import { createLeaseCheck, createOverlapCheck } from './checks/runs.ts';
import type { Unjudged, Violation } from './violation.ts';

export interface Findings {
  readonly violations: readonly Violation[];
  /** What could not be judged by the evidence given. */
  readonly unjudged: readonly Unjudged[];
}

const makers: readonly ((checked: CheckState) => Check)[] = [
  createJournalCheck,
  createEpochCheck,
  createNameCheck,
  createStandingCheck,
  createRestCheck,
  createFenceCheck,
  createUnfinishedCheck,
  createOverlapCheck,
  createProcessedCheck,
  createCoverCheck,
  createInputsCheck,
  createPeriodsCheck,
  createAttemptsCheck,
  createProgressCheck,
  createLeaseCheck,
  createCommandCheck,
  createKeptCheck,
  createNewestRowsCheck,
];

type Adders = { readonly [T in keyof CheckedRows]?: (row: CheckedRows[T]) => void };

/** For the rows of entities, which have a head. */
const createAdders = (checked: CheckState, checks: readonly Check[]): Adders => ({
  expired_journal: (row) => {
    const { entity, version, state, sequence, epoch, published } = row;
    const kind = entityRef(entity)?.kind === 'entry' ? 'entry' : 'job';
    const head = headOf(checked, kind, entity);
    Object.assign(head, { expired: version, version, state, sequence, epoch, published });
    for (const check of checks) check.expired_journal?.(row);
  },
  transition: (row) => {
    const head = headOf(checked, row.entityKind, row.entityId);
    // As good as deleted, which is on record already.
    if (row.version <= head.expired && row.sequence <= head.sequence) return;
    for (const check of checks) check.transition?.(row, head);
    advanceHead(checked, row, head);
  },
  freerun_process: (entry) => {
    const key = entryKeyText(entry.processName, entry.entryName);
    const head = headOf(checked, 'entry', key);
    for (const check of checks) check.freerun_process?.(entry, head, key);
    head.recorded = entryState(entry);
  },
  unit_of_work: (uow) => {
    const head = headOf(checked, 'uow', uow.id);
    for (const check of checks) check.unit_of_work?.(uow, head);
    head.recorded = uow.state;
  },
  job: (job) => {
    const key = jobKeyText(job);
    const head = headOf(checked, 'job', key);
    for (const check of checks) check.job?.(job, head, key);
    head.recorded = job.state;
  },
});

/** Takes the rows of a store, table by table, then tells what is wrong with them all. */
export type InvariantChecker = ReturnType<typeof createInvariantChecker>;

/**
 * An empty ledger, to be judged by the evidence. Memory grows with the number of jobs and units, by some two hundred
 * bytes each, not with the length of the journal.
 */
export const createInvariantChecker = (evidence: Evidence) => {
  const checked: CheckState = { evidence, heads: new Map(), formerEnds: new Map(), found: [], unjudged: [] };
  const checks = makers.map((make) => make(checked));
  const scan = createSecretScan(checked);
  const adders = createAdders(checked, checks);
  return {
    /** Adds a row; tables in the order of `checkedTables`, rows in the order of their table. */
    add: <T extends keyof CheckedRows>(table: T, row: CheckedRows[T]): void => {
      const add: Adders[T] = adders[table];
      if (add !== undefined) add(row);
      else for (const check of checks) (check[table] as Adders[T])?.(row);
    },
    /** Whether a table is needed, asked when those before it were added. Others than the ledger's only to be scanned. */
    wants: (table: string): boolean => {
      if (scan !== undefined) return true;
      if (table === 'log_record') return checks.some((check) => check.wantsLog?.());
      return (checkedTables as readonly string[]).includes(table);
    },
    /** Looks for secrets in a row of any table. */
    scan: (table: string, row: unknown): void => scan?.(table, row),
    /** After everything else, once. By number. */
    close: (): Findings => {
      for (const check of checks) check.close?.();
      return {
        violations: checked.found.toSorted((a, b) => a.invariant - b.invariant),
        unjudged: checked.unjudged.toSorted((a, b) => a.invariant - b.invariant),
      };
    },
  };
};
