import { SynergyError } from '../domain/errors.ts';
import { getFact, putFact } from '../db/collections.ts';
import type { FactStore } from '../db/collections.ts';
import { managedByName } from '../domain/model/dependencies.ts';
import type { Json, ManagedProcess, ProcessContext } from '../domain/model/process.ts';
import type { GroupingHistory } from '../domain/time/grouping.ts';
import { qualifiers } from '../domain/time/qualifier.ts';
import type { Qualifier } from '../domain/time/qualifier.ts';
import { increment } from '../domain/time/timeperiod.ts';
import { isRegrouped, regroup } from '../domain/timetable/regroup.ts';
import type { StoredJob } from '../domain/timetable/regroup.ts';
import type { Groupings } from '../domain/timetable/timetable.ts';
import type { Cause, JobPage, Store, WriteGroup } from '../db/store.ts';

// A job is known by process and ten digits. What these digits mean, the qualifier and the grouping, is the context's; the
// store remembers it, since the context may change between two starts and the records may not be read otherwise then.

/** Name of the fact. */
export const REGISTER_FACT = 'processes';

/** What the store remembers of a managed process. */
export interface Registered {
  readonly qualifier: Qualifier;
  readonly groupings: GroupingHistory;
}

/** Managed processes by name, those that the context no longer has as well. */
export type Register = ReadonlyMap<string, Registered>;

type Remembering = FactStore & Pick<Store, 'findUows' | 'loadJobs'>;

/** Reads what the fact `REGISTER_FACT` holds. */
export const registerOf = (fact: Json | undefined): Register =>
  new Map(Object.entries((fact ?? {}) as unknown as Readonly<Record<string, Registered>>));

/** What the store remembers; empty before a scheduler was there. */
export const readRegister = async (store: FactStore): Promise<Register> =>
  registerOf(await getFact(store, REGISTER_FACT));

/** Groupings over time of all processes that the store remembers. */
export const groupingsOf = (register: Register): Groupings =>
  new Map([...register].map(([name, { groupings }]) => [name, groupings]));

/** The qualifier of the jobs that a process has; undefined when that cannot be told, as of a process without jobs. */
const qualifierOf = async (
  store: Remembering,
  name: string,
  register: Register,
): Promise<Qualifier | undefined> => {
  const kept = register.get(name)?.qualifier;
  if (kept !== undefined) return kept;
  // Of a store that is older than the register a unit of work tells: it ends with the period after its own.
  const [uow] = await store.findUows({ processName: name, limit: 1 });
  if (uow === undefined || uow.kind === 'freerun') return undefined;
  return qualifiers.find((qualifier) => {
    try {
      return increment(qualifier, uow.timeperiod, 1) === uow.endTimeperiod;
    } catch {
      return false;
    }
  });
};

/** Jobs of these processes, by name. */
const jobsOf = async (store: Remembering, names: ReadonlySet<string>): Promise<Map<string, StoredJob[]>> => {
  const found = new Map<string, StoredJob[]>();
  if (names.size === 0) return found;
  for await (const page of store.loadJobs()) {
    if (!names.has(page.processName)) continue;
    const jobs = found.get(page.processName) ?? [];
    for (const job of jobsIn(page)) jobs.push(job);
    found.set(page.processName, jobs);
  }
  return found;
};

const jobsIn = ({ timeperiods, states, versions, uowCounts }: JobPage): StoredJob[] =>
  timeperiods.map((timeperiod, i) => ({
    timeperiod,
    state: states[i] ?? 'EMBRYO',
    version: versions[i] ?? 0,
    uowCount: uowCounts[i] ?? 0,
  }));

/**
 * Compares the qualifiers of a context with those of the jobs in the store: the same digits are another period with another
 * qualifier. Throws QUALIFIER_CHANGED with the processes, before and after.
 */
export const checkQualifiers = async (
  context: ProcessContext,
  store: Remembering,
  register: Register,
): Promise<void> => {
  const changed: { name: string; before: Qualifier; after: Qualifier }[] = [];
  for (const [name, { qualifier: after }] of managedByName(context)) {
    const before = await qualifierOf(store, name, register);
    if (before !== undefined && before !== after) changed.push({ name, before, after });
  }
  const jobs = await jobsOf(store, new Set(changed.map(({ name }) => name)));
  const wrong = changed.filter(({ name }) => jobs.has(name));
  if (wrong.length === 0) return;
  const list = wrong.map(
    ({ name, before, after }) =>
      `process '${name}' is ${after} in the context, but its jobs in this store are ${before}`,
  );
  throw qualifierChanged(list.join('; '));
};

/** The refusal to read jobs by another qualifier than they were made by, with what is wrong and the way out. */
export const qualifierChanged = (what: string): SynergyError =>
  new SynergyError(
    'QUALIFIER_CHANGED',
    `${what}: give it another name (the jobs stay under the old one), set its qualifier back, or begin with an empty store (another dataDir, or 'synergy db reset')`,
  );

const reopening = (process: ManagedProcess, jobs: readonly StoredJob[], cause: Cause): WriteGroup[] =>
  jobs.map(({ timeperiod, version }) => ({
    cause,
    writes: [
      {
        ...{ kind: 'job', processName: process.name, timeperiod, version },
        ...{ from: 'NOOP', event: 'reprocess', to: 'EMBRYO', set: {} },
      },
    ],
  }));

const BATCH = 1_000;

/** Carries out a change of grouping: what no run covers any more begins anew. Returns the groupings from now on. */
const carryOut = async (
  store: Pick<Store, 'commit'>,
  { process, before, jobs }: Change,
  cause: Omit<Cause, 'reason'>,
): Promise<GroupingHistory> => {
  const { groupings, reopened } = regroup(process, before, jobs);
  const was = before.at(-1)?.grouping ?? 1;
  const reason = `grouping changed from ${was} to ${process.grouping}, and no run covers this period`;
  const groups = reopening(process, reopened, { ...cause, reason });
  for (let from = 0; from < groups.length; from += BATCH) {
    const outcomes = await store.commit(groups.slice(from, from + BATCH));
    if (outcomes.includes('conflict'))
      throw new SynergyError(
        'CONFLICT',
        'jobs changed while a change of grouping was carried out: start again',
      );
  }
  return groupings;
};

interface Change {
  readonly process: ManagedProcess;
  readonly before: GroupingHistory;
  readonly jobs: readonly StoredJob[];
}

/**
 * Registers what the context says about its managed processes. For the leading scheduler, before it loads its jobs.
 * Throws QUALIFIER_CHANGED.
 */
export const registerProcesses = async (
  context: ProcessContext,
  store: Remembering & Pick<Store, 'commit'>,
  cause: Omit<Cause, 'reason'>,
): Promise<void> => {
  const before = await readRegister(store);
  await checkQualifiers(context, store, before);
  const after = new Map(before);
  const changes: Omit<Change, 'jobs'>[] = [];
  for (const process of managedByName(context).values()) {
    const { name, qualifier, grouping } = process;
    const kept = before.get(name);
    if (kept?.qualifier !== qualifier) after.set(name, { qualifier, groupings: [{ since: null, grouping }] });
    else if (isRegrouped(process, kept.groupings)) changes.push({ process, before: kept.groupings });
  }
  const jobs = await jobsOf(store, new Set(changes.map(({ process }) => process.name)));
  for (const change of changes) {
    const { name, qualifier } = change.process;
    const groupings = await carryOut(store, { ...change, jobs: jobs.get(name) ?? [] }, cause);
    after.set(name, { qualifier, groupings });
  }
  // Last: until it is written, a scheduler that comes after a crash finds the same change again.
  const value = Object.fromEntries(after) as unknown as Json;
  if (JSON.stringify(value) !== JSON.stringify(Object.fromEntries(before)))
    await putFact(store, REGISTER_FACT, value);
};
