import { SynergyError } from '../../domain/errors.ts';
import { freerunSpec, getFact, putFact } from '../../db/collections.ts';
import { afterFailure } from '../../domain/freerun/decide.ts';
import type { FiringDecision } from '../../domain/freerun/decide.ts';
import type { DueEvents } from '../../domain/freerun/due.ts';
import { afterReport, afterSetBack, hasEndedOrIsHeld, isWaiting } from '../../domain/freerun/entry.ts';
import type { EntryEvent, EntryState } from '../../domain/freerun/entry.ts';
import { firingFor } from '../../domain/freerun/firing.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunEntry, FreerunProcess, Json } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { replayed } from '../../domain/schedule/replay.ts';
import type { Replay } from '../../domain/schedule/replay.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import type { SchedulerContext } from '../context.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import { armEntry } from './arming.ts';
import type { ArmingTools } from './arming.ts';
import { declaredRecord, isGone } from './declared-entry.ts';
import { fireEntry } from './fire.ts';

/** Name of the fact that keeps which time of the timetable comes again, since the clock was set back. */
const REPLAY = 'freerun-replay';

const keyOf = ({ processName, entryName }: FreerunEntryRecord): string =>
  entryKeyText(processName, entryName);

const unknownEntry = (processName: string, entryName: string): SynergyError =>
  new SynergyError('NOT_FOUND', `no freerun entry ${processName} ${entryName}: see \`synergy freerun list\``);

/** Keeps freerun entries, arms their schedules and fires them. An entry changes in a turn of the turn loop only. */
export class FreerunEntries {
  readonly #shared: SchedulerContext;
  readonly #turnLoop: TurnLoop;
  readonly #arming: ArmingTools;
  readonly #entries = new Map<string, EntryState>();
  #replay: Replay | undefined;
  #storedReplay: Replay | undefined;
  /** Keys of entries that the store does not know as they are, and entries that it is to forget. */
  readonly #toStore = new Set<string>();
  #toRemove: FreerunEntryRecord[] = [];

  constructor(options: { shared: SchedulerContext; turnLoop: TurnLoop; alarms: TimerQueue }) {
    const { shared, turnLoop, alarms } = options;
    this.#shared = shared;
    this.#turnLoop = turnLoop;
    this.#arming = {
      shared,
      alarms,
      entry: (key) => this.#entries.get(key),
      onDue: (key, followsFor) => void this.#inTurn(() => this.#fireDue(key, followsFor)),
    };
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(): Promise<void> {
    const { store, timetableClock } = this.#shared;
    for (const record of await store.collection(freerunSpec).list()) {
      if (isGone(record, this.#processes())) this.#toRemove.push(record);
      else this.#entries.set(keyOf(record), { record, missed: [], unit: 'doubtful' });
    }
    for (const process of this.#processes())
      for (const entry of process.entries) this.#declare(process, entry);
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
    for (const key of this.#toStore) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) await store.collection(freerunSpec).put(entry.record);
      this.#toStore.delete(key);
    }
    for (; this.#toRemove[0] !== undefined; this.#toRemove.shift()) await this.remove(this.#toRemove[0]);
  }

  /** Arms all schedules; firings missed since the last one are made up as each entry says. */
  start(): void {
    for (const key of this.#entries.keys()) armEntry(this.#arming, key, 'andMakeUp');
  }

  /** The clock was set back from `until`, time of the timetable in ms: schedules are armed anew from where it is now. */
  setBack(until: number): Promise<void> {
    this.#rewind(Math.max(until, this.#seenUntil()));
    for (const key of this.#entries.keys()) armEntry(this.#arming, key);
    return this.reconcile();
  }

  list(): readonly FreerunEntryRecord[] {
    return [...this.#entries.values()].map(({ record }) => record);
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

  /** Stores an entry, new or changed, and arms it. Changing a schedule never fires the past. */
  async put(changed: FreerunEntryRecord): Promise<void> {
    parseSchedule(changed.trigger);
    const key = keyOf(changed);
    // A user made it anew before what the context no longer declares was dropped.
    this.#toRemove = this.#toRemove.filter((gone) => keyOf(gone) !== key);
    const record = { ...changed, seenUntil: this.#shared.timetableClock.now() };
    await this.#remember({ record, missed: [], unit: this.#entries.get(key)?.unit ?? 'open' });
    armEntry(this.#arming, key);
  }

  async remove(record: FreerunEntryRecord): Promise<void> {
    await this.#shared.store.collection(freerunSpec).remove(record);
    this.#entries.delete(keyOf(record));
    this.#arming.alarms.clear(keyOf(record));
  }

  /** Fires an entry by a user's command, once even when the command is carried out again; returns what came of it. */
  async fire({ processName, entryName }: FreerunEntryRecord, commandId: string): Promise<FiringDecision> {
    const decision = await this.#handle(entryKeyText(processName, entryName), { kind: 'by-hand', commandId });
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
    for (const [key, entry] of this.#entries) if (isWaiting(entry)) await this.#goOn(key);
  }

  #processes(): readonly FreerunProcess[] {
    return this.#shared.context.processes.filter((entry) => entry.kind === 'freerun');
  }

  #declare(process: FreerunProcess, entry: FreerunEntry): void {
    const { clock, timetableClock } = this.#shared;
    const key = entryKeyText(process.name, entry.name);
    const known = this.#entries.get(key);
    const times = { now: clock.now(), timetableNow: timetableClock.now() };
    const record = declaredRecord({ process, entry, known: known?.record, ...times });
    if (record === undefined) return;
    this.#entries.set(key, { missed: [], unit: 'open', ...known, record });
    this.#toStore.add(key);
  }

  /** Until when any schedule was seen to. */
  #seenUntil(): number {
    return Math.max(...this.list().map(({ seenUntil }) => seenUntil ?? -Infinity));
  }

  /** What was seen to or missed ahead of now comes again; to be stored. */
  #rewind(until: number): void {
    const now = this.#shared.timetableClock.now();
    this.#replay = replayed(this.#replay, { now, until });
    for (const [key, before] of this.#entries) {
      const entry = afterSetBack(before, now);
      this.#entries.set(key, entry);
      if (entry.record !== before.record) this.#toStore.add(key);
    }
  }

  async #remember(entry: EntryState): Promise<void> {
    await this.#shared.store.collection(freerunSpec).put(entry.record);
    this.#entries.set(keyOf(entry.record), entry);
  }

  #goOn(key: string): Promise<void> {
    return this.#inTurn(() => this.#handle(key, { kind: 'unit-ended' }));
  }

  async #fireDue(key: string, followsFor: (entry: EntryState) => DueEvents): Promise<void> {
    const before = this.#entries.get(key);
    if (before === undefined) return;
    const { entry, events } = followsFor(before);
    this.#entries.set(key, entry);
    for (const event of events) await this.#handle(key, event).catch(this.#logFailure);
  }

  /** Undefined when the event asks for no firing. */
  async #handle(key: string, event: EntryEvent): Promise<FiringDecision | undefined> {
    const shared = this.#shared;
    const before = this.#entries.get(key);
    if (before === undefined) return undefined;
    const firing = firingFor(before, event, { now: shared.timetableClock.now(), replay: this.#replay });
    if (firing === undefined) return undefined;
    try {
      const process = this.process(before.record.processName);
      const remember = (entry: EntryState): Promise<void> => this.#remember(entry);
      const decision = await fireEntry(before, firing, { shared, process, remember });
      const { entry } = decision;
      if (entry.record === this.#entries.get(key)?.record) this.#entries.set(key, entry);
      else await this.#remember(entry);
      return decision;
    } catch (error) {
      this.#entries.set(key, afterFailure(this.#entries.get(key) ?? before, firing));
      throw error;
    }
  }

  #inTurn(task: () => Promise<unknown>): Promise<void> {
    return this.#turnLoop.exclusive(task).then(() => undefined, this.#logFailure);
  }

  readonly #logFailure = (error: unknown): void =>
    this.#shared.log.error(`freerun entry did not fire: ${String(error)}`);
}
