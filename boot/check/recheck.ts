import type { Evidence } from '../../domain/invariants/evidence.ts';
import type { BoxStore } from '../../db/collections.ts';
import { createInvariantChecker } from '../../domain/invariants/checker.ts';
import type { InvariantChecker } from '../../domain/invariants/checker.ts';
import type { Invariant, Violation } from '../../domain/invariants/violation.ts';
import type { JobRecord, TransitionRecord } from '../../domain/model/record.ts';
import { entityRef } from '../../domain/model/entity.ts';
import type { CheckedRows } from '../../domain/invariants/state.ts';
import type { MovableStore, TableName } from '../../db/transfer.ts';

/** What the check reads of a store. */
export type CheckedStore = BoxStore & Pick<MovableStore, 'transfer' | 'journal' | 'uows' | 'job'>;

const PAGE = 1_000;
/** Violations looked at together, so that their rows fit in memory. */
const CHUNK = 100;

/** Those that tables read at different times may show though they never held; the others are there to stay. */
const passing: readonly Invariant[] = [1, 3, 5, 6, 9, 10, 12, 15, 23];

/** Whether a violation may be nothing but what a system at work shows in passing. */
export const mayPass = ({ invariant }: Violation): boolean => passing.includes(invariant);

const keyOf = ({ invariant, entity }: Violation): string => `${invariant} ${entity}`;

const journalOf = async (store: CheckedStore, entityId: string): Promise<TransitionRecord[]> => {
  const rows: TransitionRecord[] = [];
  for (let after = 0; ;) {
    const page = await store.journal({ entityId, after, limit: PAGE });
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return rows;
    after = last.sequence;
  }
};

const jobOf = async (store: CheckedStore, key: string): Promise<JobRecord | undefined> => {
  const ref = entityRef(key);
  return ref?.kind === 'job' ? store.job(ref) : undefined;
};

/** Adds the tables of which there are few rows, as a whole. */
const addFew = async (
  { transfer }: CheckedStore,
  checker: InvariantChecker,
  tables: readonly (keyof CheckedRows & TableName)[],
): Promise<void> => {
  for (const table of tables) {
    for await (const page of transfer.pages(table, PAGE)) {
      for (const row of page) checker.add(table, row);
    }
  }
};

/** Everything these violations rest on: of jobs whose inputs are in question, all inputs. */
const entitiesOf = async (store: CheckedStore, suspects: readonly Violation[]): Promise<string[]> => {
  const consumers = suspects.filter(({ invariant }) => invariant === 10);
  const jobs = await Promise.all(consumers.map(({ entity }) => jobOf(store, entity)));
  const inputs = jobs.flatMap((job) => Object.keys(job?.consumed ?? {}));
  return [...new Set([...suspects.flatMap(({ entity, about }) => [entity, ...about]), ...inputs])];
};

const lookAt = async (
  store: CheckedStore,
  evidence: Evidence,
  suspects: readonly Violation[],
): Promise<Violation[]> => {
  const checker = createInvariantChecker(evidence);
  await addFew(store, checker, ['fact', 'expired_history', 'expired_job', 'expired_journal']);
  const entities = await entitiesOf(store, suspects);
  const rows = (await Promise.all(entities.map((entity) => journalOf(store, entity)))).flat();
  for (const row of rows.toSorted((a, b) => a.sequence - b.sequence)) checker.add('transition', row);
  await addFew(store, checker, ['freerun_process']);
  // The epoch of a unit's record is judged by the first look.
  for (const uow of await store.uows(entities)) checker.add('unit_of_work', { ...uow, epoch: Infinity });
  const jobs = entities.filter((entity) => !entity.includes('#')).map((key) => jobOf(store, key));
  for (const job of await Promise.all(jobs)) if (job !== undefined) checker.add('job', job);
  await addFew(store, checker, ['rejected_report', 'command']);
  const suspected = new Set(suspects.map(keyOf));
  return checker.close().violations.filter((violation) => suspected.has(keyOf(violation)));
};

/** Looks at the entities of these violations alone, which is done in no time; returns those that are still to be seen. */
export const recheck = async (
  store: CheckedStore,
  evidence: Evidence,
  suspects: readonly Violation[],
): Promise<Violation[]> => {
  const left: Violation[] = [];
  for (let from = 0; from < suspects.length; from += CHUNK)
    left.push(...(await lookAt(store, evidence, suspects.slice(from, from + CHUNK))));
  return left;
};
