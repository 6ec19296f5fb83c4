import type { RecordChange } from '../../db/collection.ts';
import { changedFields, changedKey, recordMove } from '../../db/record-change.ts';
import type { StoredRow } from '../../db/row-codec.ts';
import type {
  Cause,
  JobChange,
  JournalReach,
  UowChange,
  UowInsert,
  Write,
  WriteGroup,
} from '../../db/store.ts';
import { jobKeyText } from '../../domain/model/entity.ts';
import type { JobRecord, TransitionRecord, UowRecord } from '../../domain/model/record.ts';
import { createRowServer } from './collection-rows.ts';
import { putTransition, putUnit, setUnit } from './memory.ts';
import type { Memory, UnitRow } from './memory.ts';

/** What a group of writes does to one record. */
interface Effect {
  /** Of the record; jobs have a `/` and no `#`, those of collections neither. */
  readonly key: string;
  /** False when it makes the record. */
  readonly changes: boolean;
  readonly row: TransitionRecord | undefined;
  /** Does it, unless the record has gone on meanwhile. */
  readonly put: () => void;
}

/** The records as a commit has left them so far. */
interface View {
  readonly jobs: Map<string, JobRecord>;
  readonly units: Map<string, UnitRow>;
  /** Records of versioned collections. */
  readonly records: Map<string, StoredRow>;
}

interface Draft {
  readonly memory: Memory;
  readonly view: View;
  readonly cause: Cause;
}

export const freshJob = (processName: string, timeperiod: string): JobRecord => ({
  processName,
  timeperiod,
  state: 'EMBRYO',
  version: 0,
  relatedUow: null,
  uowCount: 0,
  failures: 0,
  redo: false,
  consumed: null,
});

type Move = Pick<
  TransitionRecord,
  'entityKind' | 'entityId' | 'version' | 'from' | 'to' | 'event' | 'attempt'
>;

const journaled = (memory: Memory, move: Move, { actor, reason, at, epoch }: Cause): TransitionRecord => ({
  sequence: ++memory.sequence,
  ...move,
  at,
  actor,
  reason,
  epoch,
});

const draftJob = ({ memory, view, cause }: Draft, change: JobChange): Effect | undefined => {
  const { processName, timeperiod, from, version, event, to, set } = change;
  const key = jobKeyText({ processName, timeperiod });
  const seen = view.jobs.get(key) ?? memory.jobs.get(key);
  const before = seen ?? freshJob(processName, timeperiod);
  if (before.state !== from || before.version !== version) return undefined;
  const after = { ...set, state: to, version: version + 1 };
  view.jobs.set(key, { ...before, ...after });
  const move = {
    entityKind: 'job',
    entityId: key,
    version: version + 1,
    from,
    to,
    event,
    attempt: 0,
  } as const;
  return {
    key,
    changes: seen !== undefined,
    row: journaled(memory, move, cause),
    put: () => {
      const now = memory.jobs.get(key) ?? freshJob(processName, timeperiod);
      if (now.version === version) memory.jobs.set(key, { ...now, ...after });
    },
  };
};

const draftInsert = ({ memory, view, cause }: Draft, { uow }: UowInsert): Effect | undefined => {
  const { id: key, version, state: to, attempt } = uow;
  if (memory.units.has(key) || view.units.has(key)) return undefined;
  const copy = { ...uow, arguments: JSON.parse(JSON.stringify(uow.arguments)) as UowRecord['arguments'] };
  const unit = { uow: copy, epoch: cause.epoch, position: ++memory.position };
  view.units.set(key, unit);
  const move = {
    entityKind: 'uow',
    entityId: key,
    version,
    from: null,
    to,
    event: 'request',
    attempt,
  } as const;
  return {
    key,
    changes: false,
    row: journaled(memory, move, cause),
    put: () => {
      if (!memory.units.has(key)) putUnit(memory, unit);
    },
  };
};

const draftUow = ({ memory, view, cause }: Draft, change: UowChange): Effect | undefined => {
  const { id: key, from, version, event, to, set } = change;
  const seen = view.units.get(key) ?? memory.units.get(key);
  if (seen?.uow.state !== from || seen.uow.version !== version) return undefined;
  const after = { ...set, state: to, version: version + 1 };
  view.units.set(key, { ...seen, uow: { ...seen.uow, ...after } });
  const { attempt } = { ...seen.uow, ...set };
  const move = { entityKind: 'uow', entityId: key, version: version + 1, from, to, event, attempt } as const;
  return {
    key,
    changes: true,
    row: journaled(memory, move, cause),
    put: () => {
      const now = memory.units.get(key);
      if (now?.uow.version === version) setUnit(memory, { ...now, epoch: cause.epoch }, after);
    },
  };
};

const draftRecord = ({ memory, view, cause }: Draft, change: RecordChange): Effect | undefined => {
  const move = recordMove(change);
  const { entityId: key } = move;
  const { get, put } = createRowServer(memory, change.spec);
  const row = changedKey(change);
  const seen = view.records.get(key) ?? get(row);
  const isSeen = (stored: StoredRow | undefined): boolean => stored?.['version'] === change.before?.version;
  if (!isSeen(seen)) return undefined;
  const fields = changedFields(change);
  view.records.set(key, { ...seen, ...fields });
  return {
    key,
    changes: seen !== undefined,
    row: journaled(memory, move, cause),
    put: () => {
      const now = get(row);
      if (isSeen(now)) put({ ...now, ...fields });
    },
  };
};

const draftWrite = (draft: Draft, write: Write): Effect | undefined => {
  const { memory } = draft;
  switch (write.kind) {
    case 'job':
      return draftJob(draft, write);
    case 'uow-insert':
      return draftInsert(draft, write);
    case 'uow':
      return draftUow(draft, write);
    case 'record':
      return draftRecord(draft, write);
    case 'job-note': {
      const { processName, timeperiod, failures } = write;
      const key = jobKeyText({ processName, timeperiod });
      const put = (): void => {
        const now = memory.jobs.get(key) ?? freshJob(processName, timeperiod);
        memory.jobs.set(key, { ...now, failures });
      };
      return { key, changes: true, row: undefined, put };
    }
    case 'uow-note': {
      const put = (): void => {
        const now = memory.units.get(write.id);
        if (now?.uow.state === write.state) setUnit(memory, now, write.set);
      };
      return { key: write.id, changes: true, row: undefined, put };
    }
  }
};

/** A group that fits, or undefined: then the numbers it drew stay unused. */
const draftGroup = (memory: Memory, view: View, { writes, cause }: WriteGroup): Effect[] | undefined => {
  const own: View = {
    jobs: new Map(view.jobs),
    units: new Map(view.units),
    records: new Map(view.records),
  };
  const effects: Effect[] = [];
  for (const write of writes) {
    const effect = draftWrite({ memory, view: own, cause }, write);
    if (effect === undefined) return undefined;
    effects.push(effect);
  }
  for (const [key, job] of own.jobs) view.jobs.set(key, job);
  for (const [key, unit] of own.units) view.units.set(key, unit);
  for (const [key, row] of own.records) view.records.set(key, row);
  return effects;
};

/** The record whose write decides for its group: a unit that is there already, since workers compete for those. */
const guardOf = (effects: readonly Effect[]): string | undefined => {
  const versioned = effects.filter(({ row }) => row !== undefined);
  const isNew = (key: string): boolean => effects.some((effect) => effect.key === key && !effect.changes);
  const unit = versioned.find(({ row, key }) => row?.entityKind === 'uow' && !isNew(key));
  return (unit ?? versioned[0])?.key;
};

const finishAll = (memory: Memory, effects: readonly Effect[], guard: string | undefined): void => {
  for (const { key, put } of effects) if (key !== guard) put();
  for (const { row } of effects) if (row !== undefined) putTransition(memory, row);
};

/** Does what is pending on any of these records. */
export const settle = (memory: Memory, keys: ReadonlySet<string>): void => {
  if (memory.pending.length === 0) return;
  const due = memory.pending.filter(({ guard }) => keys.has(guard));
  if (due.length === 0) return;
  memory.pending = memory.pending.filter((pending) => !due.includes(pending));
  for (const pending of due) pending.finish();
};

const keyOf = (write: Write): string => {
  if (write.kind === 'job' || write.kind === 'job-note') return jobKeyText(write);
  if (write.kind === 'record') return recordMove(write).entityId;
  return write.kind === 'uow-insert' ? write.uow.id : write.id;
};

const placesOf = (effects: readonly Effect[]): JournalReach['open'] =>
  effects.flatMap(({ row }) => (row === undefined ? [] : [{ first: row.sequence, end: row.sequence + 1 }]));

/** What became of the groups, and how to do what they left to be done. */
export interface BegunCommit {
  readonly outcomes: ('applied' | 'conflict')[];
  readonly finish: () => void;
}

/**
 * The first write of every group that fits: the one that decides for the rest, as in a store without transactions. The
 * rest is pending until it is finished, by the writer that began it, by `repair`, or by the next to change the record; where
 * groups are atomic it is done at once.
 */
export const beginCommit = (
  memory: Memory,
  groups: readonly WriteGroup[],
  { now, atomic }: { readonly now: number; readonly atomic: boolean },
): BegunCommit => {
  settle(memory, new Set(groups.flatMap(({ writes }) => writes.map(keyOf))));
  const view: View = { jobs: new Map(), units: new Map(), records: new Map() };
  const begun = new Map<Memory['pending'][number], readonly string[]>();
  const outcomes = groups.map((group) => {
    const keys = group.writes.map(keyOf);
    // A group that concerns a record of one before it comes after all of that.
    for (const [pending, concerned] of begun) {
      if (!concerned.some((key) => keys.includes(key))) continue;
      begun.delete(pending);
      pending.finish();
    }
    const effects = draftGroup(memory, view, group);
    if (effects === undefined) return 'conflict' as const;
    const guard = atomic ? undefined : guardOf(effects);
    // All that becomes of a record is one write.
    for (const { key, put } of effects) if (key === guard) put();
    const finish = (): void => finishAll(memory, effects, guard);
    if (guard === undefined) finish();
    else begun.set({ begunAt: now, guard, finish, rows: placesOf(effects) }, keys);
    return 'applied' as const;
  });
  memory.pending.push(...begun.keys());
  return {
    outcomes,
    finish: () => {
      // Others may have settled some of it.
      const left = [...begun.keys()].filter((pending) => memory.pending.includes(pending));
      memory.pending = memory.pending.filter((pending) => !left.includes(pending));
      for (const pending of left) pending.finish();
    },
  };
};

/** Finishes what was begun at `before` (ms) or earlier; returns how much. */
export const repairMemory = (memory: Memory, before: number): number => {
  const due = memory.pending.filter(({ begunAt }) => begunAt <= before);
  memory.pending = memory.pending.filter((pending) => !due.includes(pending));
  for (const pending of due) pending.finish();
  return due.length;
};
