import { setTimeout as sleep } from 'node:timers/promises';
import { boxSpec } from '../../db/collections.ts';
import { createInvariantChecker } from '../../domain/invariants/checker.ts';
import type { InvariantChecker } from '../../domain/invariants/checker.ts';
import { checkedTables } from '../../domain/invariants/state.ts';
import type { CheckedRows } from '../../domain/invariants/state.ts';
import type { Evidence } from '../../domain/invariants/evidence.ts';
import type { Violation } from '../../domain/invariants/violation.ts';
import { tableNames } from '../../db/transfer.ts';
import type { TableName } from '../../db/transfer.ts';
import { recheck, mayPass } from './recheck.ts';
import type { CheckedStore } from './recheck.ts';

const PAGE = 5_000;

/** `rows` of about `total` rows of a table were read. */
export interface CheckProgress {
  readonly table: TableName;
  readonly rows: number;
  readonly total: number;
}

export interface CheckOptions {
  readonly evidence: Evidence;
  readonly progress?: (progress: CheckProgress) => void;
  /**
   * At work: how long what is found may take to pass before it is a violation, ms. By default the bound of recovery,
   * 30 s: a crashed writer's traces are mended within that time.
   */
  readonly patience?: number;
}

const isLedgerTable = (table: TableName): table is TableName & keyof CheckedRows =>
  (checkedTables as readonly string[]).includes(table);

/** Reads a table page by page into the ledger; returns its length. */
const readTable = async (
  store: CheckedStore,
  checker: InvariantChecker,
  table: TableName,
  progress: CheckOptions['progress'],
): Promise<number> => {
  const total = await store.transfer.count(table);
  let rows = 0;
  for await (const page of store.transfer.pages(table, PAGE)) {
    for (const row of page) {
      checker.scan(table, row);
      if (isLedgerTable(table)) checker.add(table, row as CheckedRows[typeof table]);
    }
    rows += page.length;
    progress?.({ table, rows, total });
  }
  return rows;
};

const PATIENCE = 30_000;
const PAUSE = 1_000;

/** Of what was found while others write, that which does not pass. */
const lasting = async (
  store: CheckedStore,
  found: readonly Violation[],
  { evidence, patience = PATIENCE }: CheckOptions,
): Promise<readonly Violation[]> => {
  const end = performance.now() + patience;
  let suspects = await recheck(store, evidence, found.filter(mayPass));
  while (suspects.length > 0 && performance.now() < end) {
    await sleep(PAUSE);
    suspects = await recheck(store, evidence, suspects);
  }
  return [...found.filter((violation) => !mayPass(violation)), ...suspects];
};

/**
 * Checks what a store holds by the invariants of the ledger and the evidence given. It reads the tables one after the
 * other, in pages. Without options it takes the store to be at rest, and judges by what that holds alone. What a crash
 * left half written in a store at rest has to be mended before, by `repair`.
 */
export const checkInvariants = async (
  store: CheckedStore,
  options: CheckOptions = { evidence: { situation: 'stopped', now: Date.now() } },
) => {
  const { evidence, progress } = options;
  const checker = createInvariantChecker(evidence);
  const lengths = new Map<TableName, number>();
  const others = tableNames.filter((table) => !isLedgerTable(table));
  for (const table of [...checkedTables, ...others]) {
    if (checker.wants(table)) lengths.set(table, await readTable(store, checker, table, progress));
  }
  for (const box of await store.collection(boxSpec).list()) checker.scan('box', box);
  const { violations, unjudged } = checker.close();
  const { situation } = evidence;
  const [transitions = 0, jobs = 0, uows = 0] = (['transition', 'job', 'unit_of_work'] as const).map(
    (table) => lengths.get(table),
  );
  return {
    situation,
    counts: { transitions, jobs, uows },
    violations: situation === 'at-work' ? await lasting(store, violations, options) : violations,
    unjudged,
  };
};

export type InvariantReport = Awaited<ReturnType<typeof checkInvariants>>;
