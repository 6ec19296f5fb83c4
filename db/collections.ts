import { missedPolicies, overlapPolicies } from '../domain/model/process.ts';
import { entryState, entryStates } from '../domain/machine/entry-machine.ts';
import type { EntryEvent } from '../domain/machine/entry-machine.ts';
import { jobStates } from '../domain/machine/job-machine.ts';
import { uowStates } from '../domain/machine/uow-machine.ts';
import { commandSubject, entryKeyText, subjectField } from '../domain/model/entity.ts';
import type { Json } from '../domain/model/process.ts';
import type {
  BoxRecord,
  CommandRecord,
  ExpiredJob,
  ExpiredJournal,
  ExpiredRecord,
  FreerunEntryRecord,
  ManagedEntryRecord,
  RetentionRound,
} from '../domain/model/record.ts';
import type {
  ArrivalSpec,
  Collection,
  CollectionSpec,
  JournaledSpec,
  RecordChange,
  StoreOf,
} from './collection.ts';
import { eventSecretSpec, eventTriggerSpec } from './event-collections.ts';
import type { KeyRange } from '../domain/key-range.ts';
import { accountSpec, apiTokenSpec, auditSpec, sessionSpec } from './account-collections.ts';

/** A small named value: an address, the clock of a run, a suspicion. */
export interface FactRecord {
  readonly name: string;
  readonly value: Json;
}

export const factSpec: CollectionSpec<FactRecord, 'name'> = {
  name: 'fact',
  key: ['name'],
  fields: { name: 'text', value: 'value' },
  open: {},
};

/** What runs where. */
export const boxSpec: CollectionSpec<BoxRecord, 'boxId' | 'unit'> = {
  name: 'box_configuration',
  key: ['boxId', 'unit'],
  fields: {
    boxId: 'text',
    unit: 'text',
    desired: ['on', 'off'],
    actual: ['running', 'stopped', 'failed', 'backing-off'],
    pid: 'number?',
    startedAt: 'number?',
    restarts: 'number',
    lastExit: 'text?',
    rssBytes: 'number?',
    cpuPercent: 'number?',
    updatedAt: 'number',
  },
};

export const managedSpec: CollectionSpec<ManagedEntryRecord, 'processName'> = {
  name: 'managed_process',
  key: ['processName'],
  fields: {
    processName: 'text',
    on: 'flag',
    trigger: 'text?',
    arguments: 'object?',
    updatedAt: 'number',
  },
  open: {},
  whenUnreadable: { on: false },
};

export const freerunSpec: JournaledSpec<FreerunEntryRecord, 'processName' | 'entryName'> = {
  name: 'freerun_process',
  key: ['processName', 'entryName'],
  fields: {
    processName: 'text',
    entryName: 'text',
    trigger: 'text',
    arguments: 'object',
    on: 'flag',
    overlap: overlapPolicies,
    missed: missedPolicies,
    description: 'text',
    origin: ['context', 'user'],
    lastFiredAt: 'number?',
    seenUntil: 'number?',
    relatedUow: 'text?',
    buffered: 'flag',
    owedArguments: 'object?',
    removed: 'flag',
    version: 'number',
    createdAt: 'number',
    updatedAt: 'number',
  },
  added: {
    seenUntil: ({ lastFiredAt }) => lastFiredAt,
    removed: () => false,
    version: () => 0,
    owedArguments: () => null,
  },
  journal: {
    kind: 'entry',
    idOf: ({ processName, entryName }) => entryKeyText(processName, entryName),
    stateOf: entryState,
  },
  open: {},
  whenUnreadable: { on: false },
};

/** A change of an entry, or a new one, as it is to be written with its row of the journal. */
export const entryChange = (
  before: FreerunEntryRecord | undefined,
  after: FreerunEntryRecord,
  event: EntryEvent,
): RecordChange & { readonly record: FreerunEntryRecord } => ({
  kind: 'record',
  spec: freerunSpec,
  before,
  record: { ...after, version: (before?.version ?? 0) + 1 },
  event,
});

/** Entries that can fire, or could if they were on. */
export const listEntries = async (
  store: StoreOf<FreerunEntryRecord, 'processName' | 'entryName'>,
): Promise<FreerunEntryRecord[]> =>
  (await store.collection(freerunSpec).list()).filter(({ removed }) => !removed);

export const commandSpec: ArrivalSpec<CommandRecord, 'id'> = {
  name: 'command',
  key: ['id'],
  fields: {
    id: 'text',
    kind: 'text',
    arguments: 'object',
    processName: 'text?',
    belongsTo: 'text?',
    entity: 'text?',
    actor: 'text',
    reason: 'text?',
    createdAt: 'number',
    state: ['open', 'done', 'refused'],
    finishedAt: 'number?',
    result: 'object?',
  },
  byArrival: true,
  indexes: ['state', 'kind', 'processName', 'belongsTo', 'entity'],
  added: { processName: () => null, belongsTo: () => null, entity: () => null },
  open: { state: 'open' },
};

const expiredCounts = { uows: 'number', transitions: 'number', lines: 'number', reports: 'number' } as const;

/** What retention has deleted, by entity: it is kept for good, since it explains what is not there. */
export const expiredSpec: CollectionSpec<ExpiredRecord, 'entity'> = {
  name: 'expired_history',
  key: ['entity'],
  fields: { entity: 'text', ...expiredCounts, from: 'number', to: 'number', step: 'text' },
};

/** The same by job. */
export const expiredJobSpec: CollectionSpec<ExpiredJob, 'processName' | 'timeperiod'> = {
  name: 'expired_job',
  key: ['processName', 'timeperiod'],
  fields: { processName: 'text', timeperiod: 'text', uows: 'number', step: 'text' },
};

/** Where the journals that retention cut begin. */
export const expiredJournalSpec: CollectionSpec<ExpiredJournal, 'entity'> = {
  name: 'expired_journal',
  key: ['entity'],
  fields: {
    entity: 'text',
    version: 'number',
    state: [...jobStates, ...uowStates, ...entryStates],
    sequence: 'number',
    epoch: 'number',
    published: 'number',
    step: 'text',
  },
};

/** The latest rounds of retention. */
export const retentionRoundSpec: ArrivalSpec<RetentionRound, 'id'> = {
  name: 'retention_round',
  key: ['id'],
  fields: {
    id: 'text',
    begunAt: 'number',
    endedAt: 'number?',
    ...expiredCounts,
    from: 'number',
    to: 'number',
  },
  byArrival: true,
};

/** Collections that move with the state of a store, by their names: `db copy` and `db check` go by this list. */
export const movingCollections = {
  managed_process: managedSpec,
  freerun_process: freerunSpec,
  command: commandSpec,
  fact: factSpec,
  expired_history: expiredSpec,
  expired_job: expiredJobSpec,
  expired_journal: expiredJournalSpec,
  retention_round: retentionRoundSpec,
  account: accountSpec,
  api_token: apiTokenSpec,
  audit: auditSpec,
  event_trigger: eventTriggerSpec,
  event_secret: eventSecretSpec,
};

/**
 * All of them. Boxes stay where they are: process ids mean nothing elsewhere. So do sessions: who is signed in at one store
 * is not at its copy.
 */
export const allCollections = [...Object.values(movingCollections), boxSpec, sessionSpec] as const;

export type FactStore = StoreOf<FactRecord, 'name'>;
export type CommandStore = StoreOf<CommandRecord, 'id'>;
export type BoxStore = StoreOf<BoxRecord, 'boxId' | 'unit'>;

/** Value of a fact; undefined when there is none. */
export const getFact = async (store: FactStore, name: string): Promise<Json | undefined> =>
  (await store.collection(factSpec).get({ name }))?.value;

export const putFact = (store: FactStore, name: string, value: Json): Promise<void> =>
  store.collection(factSpec).put({ name, value });

/**
 * Notes what became of a command; with the state `open` what is about to be done, for the scheduler that has to resume it
 * after a crash. A command that has ended stays as it is.
 */
export const finishCommand = async (
  store: CommandStore,
  id: string,
  outcome: Pick<CommandRecord, 'state' | 'result' | 'finishedAt'>,
): Promise<void> => {
  await store.collection(commandSpec).compareAndSet({ id }, { state: 'open' }, outcome);
};

export interface CommandQuery {
  readonly state?: CommandRecord['state'];
  readonly kind?: string;
  /** About a job, a unit of work, a freerun entry or a process, by its key, or about what belongs to it. */
  readonly entity?: string;
  /** Without it the newest comes first; by `state` the oldest. */
  readonly order?: 'newest' | 'oldest';
  /** Goes on behind the command of this id, in the order of the answer; nothing follows an unknown one. */
  readonly after?: string;
  /** Leaves out those about what has its key in these ranges. */
  readonly except?: readonly KeyRange[];
  readonly limit: number;
}

export const listCommands = async (
  store: CommandStore,
  { state, kind, entity, order, after, except, limit }: CommandQuery,
): Promise<CommandRecord[]> => {
  const commands = store.collection(commandSpec);
  if (entity !== undefined || except !== undefined) await fillSubjects(store);
  return commands.list({
    where: {
      ...(state !== undefined && { state }),
      ...(kind !== undefined && { kind }),
      ...(entity !== undefined && { [subjectField(entity)]: entity }),
    },
    reverse: (order ?? (state === undefined ? 'newest' : 'oldest')) === 'newest',
    ...(after !== undefined && { after: { id: after } }),
    ...(except !== undefined && { except: { field: 'entity', ranges: except } }),
    limit,
  });
};

/** Commands whose subjects are filled in at once. */
const FILLED_AT_ONCE = 500;

/** Fills in what commands of earlier versions are about. */
const fillSubjects = async (store: CommandStore): Promise<void> => {
  const commands = store.collection(commandSpec);
  for (;;) {
    const old = await commands.list({ where: { entity: null }, limit: FILLED_AT_ONCE });
    if (old.length === 0) return;
    await Promise.all(
      old.map(({ id, arguments: given }) =>
        commands.compareAndSet({ id }, { entity: null }, commandSubject(given)),
      ),
    );
  }
};

/** The records of a collection in its order, `size` at a time, behind a key, which need not be that of a record. */
export async function* pagesOf<R extends object, K extends keyof R>(
  collection: Pick<Collection<R, K>, 'list'>,
  size: number,
  after?: Pick<R, K>,
): AsyncGenerator<readonly R[], undefined> {
  for (let last = after; ;) {
    const records = await collection.list({ ...(last && { after: last }), limit: size });
    if (records.length > 0) yield records;
    if (records.length < size) return;
    last = records.at(-1);
  }
}
