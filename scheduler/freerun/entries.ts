import { isDeepStrictEqual } from 'node:util';
import { SynergyError } from '../../domain/errors.ts';
import { entryChange, freerunSpec, getFact, putFact } from '../../db/collections.ts';
import type { Cause, EntryKey, WriteGroup } from '../../db/store.ts';
import type { FiringDecision } from '../../domain/freerun/decide.ts';
import { afterReport, afterSetBack, hasEndedOrIsHeld, isWaiting } from '../../domain/freerun/entry.ts';
import type { LiveEntry } from '../../domain/freerun/entry.ts';
import type { EntryEvent } from '../../domain/machine/entry-machine.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunEntry, FreerunProcess, Json } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { replayed } from '../../domain/schedule/replay.ts';
import type { Replay } from '../../domain/schedule/replay.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import { causeOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import { createArming } from './arming.ts';
import type { Arming } from './arming.ts';
import { declaredRecord, goneFrom } from './declared-entry.ts';
import { FiringQueue } from './firing-queue.ts';

/** Name of the fact that keeps which time of the timetable comes again, since the clock was set back. */
const REPLAY = 'freerun-replay';

/** Which entries are listed, see `FreerunEntries.page`. */
export interface EntryPage {
  readonly after?: string;
  readonly limit: number;
}

/** Entries that are written in one commit. */
const PER_COMMIT = 500;

/** A change of an entry that is to be stored. */
interface Change {
  readonly before: FreerunEntryRecord | undefined;
  readonly after: FreerunEntryRecord;
  readonly event: EntryEvent;
}

const keyOf = ({ processName, entryName }: FreerunEntryRecord): string =>
  entryKeyText(processName, entryName);

const unknownEntry = (processName: string, entryName: string): SynergyError =>
  new SynergyError('NOT_FOUND', `no freerun entry ${processName} ${entryName}: see \`synergy freerun list\``);

const removal = (before: FreerunEntryRecord): Change => ({
  before,
  after: { ...before, removed: true, buffered: false },
  event: 'remove',
});

/** What the journal says of an entry that was put. */
const eventOf = (before: FreerunEntryRecord | undefined, after: FreerunEntryRecord): EntryEvent => {
  if (before === undefined || before.removed) return 'create';
  if (before.on === after.on) return 'change';
  return after.on ? 'switch-on' : 'switch-off';
};

/** Keeps freerun entries, arms their schedules and has them fire. An entry changes in a turn of the turn loop only. */
export class FreerunEntries {
  readonly #shared: SchedulerContext;
  readonly #turnLoop: TurnLoop;
  readonly #alarms: TimerQueue;
  readonly #arming: Arming;
  readonly #firings: FiringQueue;
  readonly #entries = new Map<string, LiveEntry>();
  #replay: Replay | undefined;
  #storedReplay: Replay | undefined;
  /** What is to be stored of entries, by their keys. */
  readonly #toStore = new Map<string, Change>();

  constructor(options: { shared: SchedulerContext; turnLoop: TurnLoop; alarms: TimerQueue }) {
    const { shared, turnLoop, alarms } = options;
    this.#shared = shared;
    this.#turnLoop = turnLoop;
    const get = (key: string): LiveEntry | undefined => this.#entries.get(key);
    this.#firings = new FiringQueue({
      shared,
      turnLoop,
      book: {
        get,
        set: (key, entry) => void this.#entries.set(key, entry),
        refresh: (keys) => this.#refresh(keys),
        process: (name) => this.process(name),
        replay: () => this.#replay,
      },
    });
    this.#alarms = alarms;
    this.#arming = createArming({
      shared,
      alarms,
      entry: get,
      onDue: (key, requestsFor) => void this.#firings.ask(key, requestsFor).catch(ignore),
    });
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(): Promise<void> {
    const { store, timetableClock } = this.#shared;
    const removed = new Map<string, FreerunEntryRecord>();
    const isGone = goneFrom(this.#processes());
    for (const record of await store.collection(freerunSpec).list()) {
      const key = keyOf(record);
      if (record.removed) removed.set(key, record);
      else if (isGone(record)) this.#toStore.set(key, removal(record));
      else this.#entries.set(key, { record, missed: [], unit: 'open' });
    }
    for (const process of this.#processes())
      for (const entry of process.entries)
        this.#declare(process, entry, removed.get(entryKeyText(process.name, entry.name)));
    this.#replay = this.#storedReplay = (await getFact(store, REPLAY)) as (Replay & Json) | undefined;
    // Clocks of boxes differ by less: it was set back while no scheduler was there to see it.
    if (this.#seenUntil() > timetableClock.now() + CLOCK_SLACK) this.#rewind(this.#seenUntil());
  }

  /** Stores what the store does not know yet of what the context declares, and drops what that no longer does; nothing fires. */
  async reconcile(): Promise<void> {
    const { store } = this.#shared;
    const replay = this.#replay;
    // First: a scheduler that finds entries seen to ahead of its time begins anew.
    if (replay !== this.#storedReplay) await putFact(store, REPLAY, { ...replay });
    this.#storedReplay = replay;
    while (this.#toStore.size > 0)
      await this.#turnLoop.exclusive(() => this.#write([...this.#toStore.values()].slice(0, PER_COMMIT)));
  }

  /** Arms all schedules; firings missed since the last one are made up as each entry says. */
  async start(): Promise<void> {
    const keys = [...this.#entries.keys()];
    for (let from = 0; from < keys.length; from += PER_COMMIT) {
      // Of 100,000 entries this takes seconds: other work goes on in between.
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      for (const key of keys.slice(from, from + PER_COMMIT)) this.#arming.arm(key, 'andMakeUp');
    }
  }

  /** The clock was set back from `until`, time of the timetable in ms: schedules are armed anew from where it is now. */
  async setBack(until: number): Promise<void> {
    await this.#turnLoop.exclusive(() => {
      this.#rewind(Math.max(until, this.#seenUntil()));
      for (const key of this.#entries.keys()) this.#arming.arm(key);
      return Promise.resolve();
    });
    await this.reconcile();
  }

  list(): readonly FreerunEntryRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
  }

  /** In the order of their text keys, at most `limit` behind the key `after`, which need not be that of an entry. */
  page({ after = '', limit }: EntryPage): readonly FreerunEntryRecord[] {
    const keys = [...this.#entries.keys()].filter((key) => key > after);
    // They are nearly in order, as they were read, so that this takes one pass.
    return keys
      .sort((a, b) => (a < b ? -1 : 1))
      .slice(0, limit)
      .flatMap((key) => this.#entries.get(key)?.record ?? []);
  }

  has(processName: string, entryName: string): boolean {
    return this.#entries.has(entryKeyText(processName, entryName));
  }

  isOn(processName: string, entryName: string): boolean {
    return this.#entries.get(entryKeyText(processName, entryName))?.record.on ?? false;
  }

  /** Throws NOT_FOUND. */
  get(processName: string, entryName: string): FreerunEntryRecord {
    const entry = this.#entries.get(entryKeyText(processName, entryName));
    if (entry === undefined) throw unknownEntry(processName, entryName);
    return entry.record;
  }

  /** Throws NOT_FOUND. */
  process(name: string): FreerunProcess {
    const found = this.#processes().find((process) => process.name === name);
    if (found !== undefined) return found;
    const known = this.#processes().map((process) => process.name);
    throw new SynergyError(
      'NOT_FOUND',
      `no freerun process is named '${name}': expected one of ${known.join(', ') || 'none, the context has none'}`,
    );
  }

  /** Stores a new entry and arms it. To be called in a turn. */
  async add(record: FreerunEntryRecord, cause: Cause): Promise<void> {
    await this.#put(await this.#stored(record), record, cause);
  }

  /**
   * Changes what users say of an entry, and arms it anew. Changing a schedule never fires the past. To be called in a turn.
   * Throws NOT_FOUND.
   */
  async change(
    { processName, entryName }: EntryKey,
    set: Partial<FreerunEntryRecord>,
    cause: Cause,
  ): Promise<void> {
    const before = await this.#stored(this.get(processName, entryName));
    // Only now: an entry in doubt was read again, and may have fired.
    await this.#put(before, { ...this.get(processName, entryName), ...set }, cause);
  }

  async #put(
    before: FreerunEntryRecord | undefined,
    changed: FreerunEntryRecord,
    cause: Cause,
  ): Promise<void> {
    parseSchedule(changed.trigger);
    const key = keyOf(changed);
    const after = { ...changed, removed: false, seenUntil: this.#shared.timetableClock.now() };
    await this.#write([{ before, after, event: eventOf(before, after) }], cause);
    const entry = this.#entries.get(key);
    // What was missed before a user changed it is past.
    if (entry !== undefined) this.#entries.set(key, { ...entry, missed: [] });
    this.#arming.arm(key);
  }

  /** To be called in a turn. */
  async remove(record: FreerunEntryRecord, cause: Cause): Promise<void> {
    const before = (await this.#stored(record)) ?? record;
    await this.#write([removal(before)], cause);
  }

  /** Fires an entry by a user's command, once even when the command is carried out again; returns what came of it. */
  async fire(
    { processName, entryName }: FreerunEntryRecord,
    commandId: string,
    cause: Cause,
  ): Promise<FiringDecision> {
    const requests = [{ kind: 'by-hand', commandId }] as const;
    const key = entryKeyText(processName, entryName);
    const decision = await this.#firings.ask(key, (entry) => ({ entry, requests }), cause);
    if (decision === undefined) throw unknownEntry(processName, entryName);
    return decision;
  }

  /** A unit of work of some entry was reported: a firing that waits for its end may follow. */
  onReport(uow: UowRecord): void {
    const key = entryKeyText(uow.processName, uow.entryName ?? '');
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.set(key, afterReport(entry, uow));
    if (isWaiting(entry) && entry.record.relatedUow === uow.id && hasEndedOrIsHeld(uow)) void this.#goOn(key);
  }

  /** Fires what waits for the end of a unit that was not heard of. */
  async fireWaiting(): Promise<void> {
    const waiting = [...this.#entries].flatMap(([key, entry]) => (isWaiting(entry) ? [key] : []));
    await Promise.all(waiting.map((key) => this.#goOn(key)));
  }

  #processes(): readonly FreerunProcess[] {
    return this.#shared.context.processes.filter((entry) => entry.kind === 'freerun');
  }

  #declare(process: FreerunProcess, entry: FreerunEntry, removed: FreerunEntryRecord | undefined): void {
    const { clock, timetableClock } = this.#shared;
    const key = entryKeyText(process.name, entry.name);
    const known = this.#entries.get(key);
    const times = { now: clock.now(), timetableNow: timetableClock.now() };
    const after = declaredRecord({ process, entry, known: known?.record, ...times });
    if (after === undefined) return;
    const before = known?.record ?? removed;
    this.#entries.set(key, { missed: [], unit: 'open', ...known, record: after });
    this.#toStore.set(key, { before, after, event: eventOf(before, after) });
  }

  /** Until when any schedule was seen to. */
  #seenUntil(): number {
    return this.list().reduce((latest, { seenUntil }) => Math.max(latest, seenUntil ?? -Infinity), -Infinity);
  }

  /** What was seen to or missed ahead of now comes again; to be stored. */
  #rewind(until: number): void {
    const now = this.#shared.timetableClock.now();
    this.#replay = replayed(this.#replay, { now, until });
    for (const [key, entry] of this.#entries) {
      const after = afterSetBack(entry, now);
      this.#entries.set(key, after);
      if (after.record === entry.record) continue;
      const change = this.#toStore.get(key) ?? { before: entry.record, event: 'set-back' as const };
      this.#toStore.set(key, { ...change, after: after.record });
    }
  }

  /** The record in the store that a change takes the place of; one that was removed is there still. */
  async #stored(record: FreerunEntryRecord): Promise<FreerunEntryRecord | undefined> {
    const key = keyOf(record);
    if (this.#entries.get(key)?.unit === 'doubtful') await this.#refresh([key]);
    const toStore = this.#toStore.get(key);
    if (toStore !== undefined) return toStore.before;
    return this.#entries.get(key)?.record ?? (await this.#shared.store.collection(freerunSpec).get(record));
  }

  /** Writes changes in one commit and then believes them, in a turn. Throws CONFLICT when another scheduler was faster. */
  async #write(changes: readonly Change[], cause = causeOf(this.#shared, 'scheduler')): Promise<void> {
    const writes = changes.map(({ before, after, event }) => entryChange(before, after, event));
    const groups = writes.map((write): WriteGroup => ({ cause, writes: [write] }));
    const outcomes = await this.#turnLoop.commit(groups);
    const refused: string[] = [];
    for (const [i, { record }] of writes.entries()) {
      const key = keyOf(record);
      this.#toStore.delete(key);
      if (outcomes[i] === 'conflict' && !(await this.#isStored(record))) {
        await this.#refresh([key]);
        refused.push(key);
      } else if (record.removed) this.#forget(key);
      else this.#entries.set(key, { missed: [], unit: 'open', ...this.#entries.get(key), record });
    }
    if (refused.length === 0) return;
    throw new SynergyError(
      'CONFLICT',
      `freerun ${refused.length === 1 ? 'entry' : 'entries'} ${refused.join(', ')} changed meanwhile: look again, then try again`,
    );
  }

  /** Whether a change that meets another version was made before, and its answer lost. */
  async #isStored(record: FreerunEntryRecord): Promise<boolean> {
    return isDeepStrictEqual(await this.#shared.store.collection(freerunSpec).get(record), record);
  }

  /** Reads entries again that another may have changed. */
  async #refresh(keys: readonly string[]): Promise<void> {
    const collection = this.#shared.store.collection(freerunSpec);
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      const record = await collection.get(entry.record);
      if (record === undefined || record.removed) this.#forget(key);
      else {
        this.#entries.set(key, { ...entry, record, unit: 'open' });
        if (record.on !== entry.record.on || record.trigger !== entry.record.trigger) this.#arming.arm(key);
      }
    }
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#alarms.clear(key);
  }

  #goOn(key: string): Promise<unknown> {
    return this.#firings.ask(key, (entry) => ({ entry, requests: [{ kind: 'unit-ended' }] })).catch(ignore);
  }
}

/** The queue of firings has logged why. */
const ignore = (): void => undefined;
