import type { JsonObject, ManagedProcess, ProcessContext } from '../../domain/model/process.ts';
import { managedSpec } from '../../db/collections.ts';
import type { ManagedEntryRecord } from '../../domain/model/record.ts';
import { managedByName } from '../../domain/model/dependencies.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import type { Store } from '../../db/store.ts';
import type { CommandOf } from '../commands/command-table.ts';

/** A managed process as it is in force: the context, overridden by what people changed at run time. */
export interface ManagedEntry {
  readonly process: ManagedProcess;
  readonly on: boolean;
  /** The trigger in force. */
  readonly trigger: string;
  readonly schedule: Schedule;
  readonly arguments: JsonObject;
}

/** Managed processes by name. */
export type ManagedEntries = Map<string, ManagedEntry>;

const inForce = (process: ManagedProcess, record: ManagedEntryRecord | undefined): ManagedEntry => {
  const trigger = record?.trigger ?? process.trigger;
  return {
    process,
    on: record?.on ?? process.on,
    trigger,
    schedule: parseSchedule(trigger),
    arguments: record?.arguments ?? process.arguments,
  };
};

/** Reads what was changed at run time over what the context says. */
export const loadManagedEntries = async (context: ProcessContext, store: Store): Promise<ManagedEntries> => {
  const records = new Map(
    (await store.collection(managedSpec).list()).map((record) => [record.processName, record]),
  );
  const entries: ManagedEntries = new Map();
  for (const [name, process] of managedByName(context))
    entries.set(name, inForce(process, records.get(name)));
  return entries;
};

/** Stores a change of an entry; only what differs from the context is kept. Throws INVALID_SCHEDULE. */
export const changeManagedEntry = async (
  store: Store,
  entry: ManagedEntry,
  change: CommandOf<'set-managed'>,
  at: number,
): Promise<ManagedEntry> => {
  const { process } = entry;
  const trigger = change.trigger ?? entry.trigger;
  const args = change.arguments ?? entry.arguments;
  const record: ManagedEntryRecord = {
    processName: process.name,
    on: change.on ?? entry.on,
    trigger: trigger === process.trigger ? null : trigger,
    arguments: args === process.arguments ? null : args,
    updatedAt: at,
  };
  const next = inForce(process, record);
  await store.collection(managedSpec).put(record);
  return next;
};
