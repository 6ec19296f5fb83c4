import { expiredJobSpec, expiredJournalSpec, expiredSpec, freerunSpec } from '../../db/collections.ts';
import { DeposedError } from '../../domain/errors.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import { addBatch, addEntry, addUnits, unitsByJob } from '../../domain/retention/tally.ts';
import { EXPIRED_AT_ONCE } from '../../db/store.ts';
import type { EntryKey, ExpiryStep, JournalStep } from '../../db/store.ts';
import { NEWEST_ROWS, cutOf } from '../../domain/retention/journal.ts';
import type { JournalCut } from '../../domain/retention/journal.ts';
import type {
  ExpiredCounts,
  ExpiredJob,
  ExpiredJournal,
  ExpiredRecord,
  TransitionRecord,
  UowRecord,
} from '../../domain/model/record.ts';
import { createRowCodec } from '../../db/row-codec.ts';
import type { AnySpec } from '../../db/collection.ts';
import { settle } from './commit.ts';
import { createRowServer, recordsIn } from './collection-rows.ts';
import type { Memory } from './memory.ts';
import { compare } from './reads.ts';

export const entriesWithUnits = ({ units }: Memory): EntryKey[] => {
  const found = new Map<string, EntryKey>();
  for (const {
    uow: { processName, entryName },
  } of units.values())
    if (entryName !== null) found.set(JSON.stringify([processName, entryName]), { processName, entryName });
  return [...found.values()].sort(
    (a, b) => compare(a.processName, b.processName) || compare(a.entryName, b.entryName),
  );
};

/** Replaces the record of a key by what `change` makes of it. */
const change = <R extends object>(
  memory: Memory,
  spec: AnySpec,
  { key, make }: { readonly key: object; readonly make: (known: R | undefined) => R },
): void => {
  const rows = createRowServer(memory, spec);
  const { keyOf, encode, decode } = createRowCodec(spec);
  const row = rows.get(keyOf(key));
  rows.put(encode(make(row && (decode(row).record as R))));
};

/** Units go with all that belongs to them, in one step. */
export const expireUnits = (
  memory: Memory,
  { id: step, epoch, entity, uows: seen }: ExpiryStep,
  now: number,
): ExpiredCounts => {
  if (epoch < memory.epoch) throw new DeposedError(epoch);
  settle(memory, new Set(seen.map(({ id }) => id)));
  const uows = seen.flatMap(({ id, version }): UowRecord[] => {
    const uow = memory.units.get(id)?.uow;
    return uow?.version === version && isUowFinished(uow.state) ? [uow] : [];
  });
  const ids = new Set(uows.map(({ id }) => id));
  const rows = memory.journal.filter(({ entityId }) => !ids.has(entityId));
  const reports = memory.rejected.filter(({ id }) => !ids.has(id));
  const lines = [...memory.log].filter(([, { parentId }]) => ids.has(parentId));
  const counts = {
    uows: uows.length,
    transitions: memory.journal.length - rows.length,
    lines: lines.length,
    reports: memory.rejected.length - reports.length,
  };
  if (uows.length === 0) return counts;
  memory.journal.splice(0, memory.journal.length, ...rows);
  memory.rejected = reports;
  for (const [key] of lines) memory.log.delete(key);
  for (const uow of uows) {
    memory.units.delete(uow.id);
    memory.expired.set(uow.id, { uow, at: now });
  }
  const batch = { step, entity, uows, counts };
  change<ExpiredRecord>(memory, expiredSpec, { key: { entity }, make: (known) => addBatch(known, batch) });
  for (const job of unitsByJob(batch))
    change<ExpiredJob>(memory, expiredJobSpec, { key: job, make: (known) => addUnits(known, job, step) });
  return counts;
};

type Removed = NonNullable<JournalStep['removed']>;

const isAsRemoved = (memory: Memory, { version, ...key }: Removed): boolean => {
  const row = createRowServer(memory, freerunSpec).get(createRowCodec(freerunSpec).keyOf(key));
  return row?.['removed'] === true && row['version'] === version;
};

const removeEntry = (memory: Memory, { id: step, entity }: JournalStep, removed: Removed): void => {
  const { processName } = removed;
  createRowServer(memory, freerunSpec).remove(createRowCodec(freerunSpec).keyOf(removed));
  createRowServer(memory, expiredJournalSpec).remove({ entity });
  const history = recordsIn(memory, expiredSpec).find((each) => each.entity === entity);
  if (history === undefined) return;
  createRowServer(memory, expiredSpec).remove({ entity });
  const make = (known: ExpiredRecord | undefined) => addEntry(known, { processName, step }, history);
  change<ExpiredRecord>(memory, expiredSpec, { key: { entity: processName }, make });
};

/** Rows go from the beginning of a journal, or all of it with an entry that was removed. */
export const expireRows = (memory: Memory, step: JournalStep): JournalCut | undefined => {
  const { epoch, entity, removed } = step;
  if (epoch < memory.epoch) throw new DeposedError(epoch);
  settle(memory, new Set([entity]));
  const known = recordsIn(memory, expiredJournalSpec).find((journal) => journal.entity === entity);
  const rows = memory.journal.filter(({ entityId }) => entityId === entity);
  const old = removed === undefined ? rows.slice(0, -NEWEST_ROWS) : rows;
  const cut = cutOf(known, old.slice(0, EXPIRED_AT_ONCE), step);
  if (cut === undefined || (removed !== undefined && !isAsRemoved(memory, removed))) return undefined;
  const isGone = ({ entityId, version }: TransitionRecord): boolean =>
    entityId === entity && version <= cut.journal.version;
  const left = memory.journal.filter((row) => !isGone(row));
  memory.journal.splice(0, memory.journal.length, ...left);
  if (removed === undefined)
    change<ExpiredJournal>(memory, expiredJournalSpec, { key: { entity }, make: () => cut.journal });
  else removeEntry(memory, step, removed);
  return cut;
};
