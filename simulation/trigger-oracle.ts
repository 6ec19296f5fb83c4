import { commandSpec, factSpec } from '../db/collections.ts';
import { eventTriggerSpec } from '../db/event-collections.ts';
import type { AnySpec } from '../db/collection.ts';
import { createRowCodec } from '../db/row-codec.ts';
import type { StoredRow } from '../db/row-codec.ts';
import type { Clock } from '../domain/clock.ts';
import { executionId, executionOf, handExecutionId } from '../domain/event/execution.ts';
import { EVENTS, triggerEntry, triggerOfEntry } from '../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../domain/event/trigger.ts';
import { FIRING_LEAD } from '../domain/freerun/lead.ts';
import type { CommandRecord } from '../domain/model/record.ts';
import { SEEN_UNTIL } from '../scheduler/events/planner.ts';
import type { OracleFinding } from './finding.ts';
import { recordsIn } from './store/collection-rows.ts';
import type { RowServer } from './store/collection-rows.ts';
import type { Memory } from './store/memory.ts';
import type { StoreServer } from './store/server.ts';

const SECOND = 1_000;
/** How long, without faults, an execution may take to be on record, ms. */
const PROMPT = 10 * SECOND;
const RULE = 'executions of event triggers';

/** A trigger as the store took it at an instant, ms; without a record it was removed. */
interface Version {
  readonly since: number;
  readonly record: EventTrigger | undefined;
}

/** What was seen of triggers in the store, also of those that are gone. */
export interface TriggerHistory {
  /** Every version of every trigger, by `owner/id`. */
  readonly versions: ReadonlyMap<string, readonly Version[]>;
  /** Every command, by its id, as it was last. */
  readonly commands: ReadonlyMap<string, CommandRecord>;
}

/** The same store, with a history of its triggers. */
export const watchTriggers = (
  store: StoreServer,
  clock: Clock,
): { readonly store: StoreServer; readonly history: TriggerHistory } => {
  const versions = new Map<string, Version[]>();
  const commands = new Map<string, CommandRecord>();
  /** Rows of a collection that are told of as soon as they have changed: their key, and what is stored under it now. */
  const noted = <R extends object>(
    spec: AnySpec,
    note: (key: R, record: R | undefined) => void,
  ): RowServer => {
    const rows = store.rowsOf(spec);
    const { decode } = createRowCodec(spec);
    const told = (key: StoredRow, isWritten: boolean): boolean => {
      const row = rows.get(key);
      if (isWritten) note(key as R, row && (decode(row).record as R | undefined));
      return isWritten;
    };
    return {
      ...rows,
      insertNew: (row) => told(row, rows.insertNew(row)),
      compareAndSet: (row, expected, set) => told(row, rows.compareAndSet(row, expected, set)),
      remove: (row) => told(row, rows.remove(row)),
    };
  };
  const noteTrigger = (key: TriggerKey, record: EventTrigger | undefined): void => {
    const entry = triggerEntry(key);
    versions.set(entry, [...(versions.get(entry) ?? []), { since: clock.now(), record }]);
  };
  const noteCommand = ({ id }: Pick<CommandRecord, 'id'>, record: CommandRecord | undefined): void => {
    if (record !== undefined) commands.set(id, record);
  };
  const rowsOf: StoreServer['rowsOf'] = (spec) => {
    if (spec.name === eventTriggerSpec.name) return noted(spec, noteTrigger);
    return spec.name === commandSpec.name ? noted(spec, noteCommand) : store.rowsOf(spec);
  };
  return { store: { ...store, rowsOf }, history: { versions, commands } };
};

/** The instants of `R/start/PTnS` from one instant up to another, another way than the product reads it. */
const instantsOf = ({ schedule, armedAt, on }: EventTrigger, from: number, until: number): number[] => {
  const [, start = '', period = ''] = schedule.split('/');
  const first = Date.parse(start);
  const length = Number(period.slice(2, -1)) * SECOND;
  const found: number[] = [];
  for (let k = Math.max(0, Math.ceil((from - first) / length)); first + k * length <= until; k++)
    if (on && first + k * length > armedAt) found.push(first + k * length);
  return found;
};

const isSameSeries = (a: EventTrigger | undefined, b: EventTrigger | undefined): boolean =>
  a?.on === b?.on && a?.schedule === b?.schedule && a?.armedAt === b?.armedAt;

/** While a command that changed its series was carried out, no user knows which one holds. */
interface Doubt {
  readonly from: number;
  readonly to: number;
}

const doubtsOf = (versions: readonly Version[], commands: readonly CommandRecord[]): Doubt[] =>
  commands.flatMap(({ createdAt, finishedAt }) => {
    const to = finishedAt ?? Infinity;
    const changed = versions.some(
      ({ since, record }, i) =>
        since >= createdAt && since <= to && !isSameSeries(record, versions[i - 1]?.record),
    );
    return changed ? [{ from: createdAt, to: to + FIRING_LEAD }] : [];
  });

interface Evidence {
  readonly versions: readonly Version[];
  readonly doubts: readonly Doubt[];
  readonly until: number;
}

const isWithin =
  (at: number) =>
  ({ from, to }: Doubt): boolean =>
    at >= from && at <= to;

/** The instants that have to have an execution. */
const dueOf = ({ versions, doubts, until }: Evidence): number[] =>
  versions.flatMap(({ since, record }, i) => {
    const end = Math.min(until, versions[i + 1]?.since ?? until);
    const instants = record === undefined ? [] : instantsOf(record, since + 1, end);
    return instants.filter((at) => !doubts.some(isWithin(at)));
  });

/** Whether an execution of an instant may be there. */
const isFitting = ({ versions, doubts }: Evidence, at: number): boolean => {
  const windows = [{ from: at, to: at }, ...doubts.filter(isWithin(at))];
  return versions.some(({ since, record }, i) => {
    const end = versions[i + 1]?.since ?? Infinity;
    if (record === undefined || instantsOf(record, at, at).length === 0) return false;
    return windows.some(({ from, to }) => since <= to && end >= from);
  });
};

/** A finding about executions of event triggers. */
export const triggerFinding = (text: string, entities: readonly string[]): OracleFinding => ({
  rule: RULE,
  text,
  entities,
});

/** Executions that a user asked for and that are not there. */
const unfired = (memory: Memory, commands: readonly CommandRecord[], key: TriggerKey): string[] =>
  commands
    .filter(({ kind, state }) => kind === 'fire-trigger' && state === 'done')
    .map(({ id }) => handExecutionId(key, id))
    .filter((id) => !memory.units.has(id));

/**
 * The instants of every trigger, since it was armed and as long as it was on, are its executions; up to which the scheduler says
 * that it saw to them, or, once nothing goes wrong any more, up to now.
 */
export const strayExecutions = (
  { memory, triggers }: { readonly memory: Memory; readonly triggers: TriggerHistory },
  { now, isSound }: { readonly now: number; readonly isSound: boolean },
): OracleFinding[] => {
  const seen = recordsIn(memory, factSpec).find(({ name }) => name === SEEN_UNTIL)?.value;
  const seenUntil = typeof seen === 'number' ? seen : 0;
  const commands = [...triggers.commands.values()];
  return [...triggers.versions].flatMap(([entry, versions]): OracleFinding[] => {
    const key = triggerOfEntry(entry) as TriggerKey;
    const own = commands.filter(
      ({ arguments: { owner, triggerId } }) => owner === key.owner && triggerId === key.id,
    );
    const evidence = {
      versions,
      doubts: doubtsOf(versions, own),
      until: isSound ? Math.max(seenUntil, now - PROMPT) : seenUntil,
    };
    const missing = dueOf(evidence)
      .map((at) => executionId(key, at))
      .filter((id) => !memory.units.has(id));
    const lost = [...missing, ...unfired(memory, own, key)];
    const odd = [...memory.units.values()].flatMap(({ uow }) => {
      if (uow.processName !== EVENTS || uow.entryName !== entry) return [];
      const execution = executionOf(uow);
      return execution?.occasion === 'schedule' && !isFitting(evidence, execution.at) ? [uow.id] : [];
    });
    if (lost.length + odd.length === 0) return [];
    const text = `${entry}: ${lost.length} executions are missing, ${odd.length} are of no instant`;
    return [triggerFinding(`${text}: ${[...lost, ...odd].slice(0, 3).join(', ')}`, [...lost, ...odd])];
  });
};
