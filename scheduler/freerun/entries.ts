import { isDeepStrictEqual } from 'node:util';
import { SynergyError } from '../../domain/errors.ts';
import { getFact, putFact } from '../../db/collections.ts';
import type { Cause, EntryKey } from '../../db/store.ts';
import type { FiringDecision } from '../../domain/freerun/decide.ts';
import { goOn } from '../../domain/freerun/due.ts';
import { afterReport, afterSetBack, hasEndedOrIsHeld, isWaiting } from '../../domain/freerun/entry.ts';
import { entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunProcess, Json, JsonObject } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { replayed } from '../../domain/schedule/replay.ts';
import type { Replay } from '../../domain/schedule/replay.ts';
import { parseSchedule, scheduleOf } from '../../domain/schedule/schedule.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import type { SchedulerContext } from '../context.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import { checkVersion } from '../commands/expected-version.ts';
import { createArming } from './arming.ts';
import type { Arming } from './arming.ts';
import { EntryBook, eventOf, keyOf, PER_PAGE, removal } from './entry-book.ts';
import type { EntryPage } from './entry-book.ts';
import { FiringQueue } from './firing-queue.ts';
import { giveWay } from '../../lib/sleep.ts';

/** Name of the fact that keeps which time of the timetable comes again, since the clock was set back. */
const REPLAY = 'freerun-replay';

/** An entry, at the version that it is expected to have: at any when that is left out. */
interface EntryAtVersion extends EntryKey {
  readonly expectedVersion?: number;
}

const unknownEntry = (processName: string, entryName: string): SynergyError =>
  new SynergyError('NOT_FOUND', `no freerun entry ${processName} ${entryName}: see \`synergy freerun list\``);

/** Keeps freerun entries, arms their schedules and has them fire. An entry changes in a turn of the turn loop only. */
export class FreerunEntries {
  readonly #shared: SchedulerContext;
  readonly #turnLoop: TurnLoop;
  readonly #arming: Arming;
  readonly #firings: FiringQueue;
  readonly #book: EntryBook;
  readonly #processes: ReadonlyMap<string, FreerunProcess>;
  #replay: Replay | undefined;
  #storedReplay: Replay | undefined;
  /** The clock was set back, and entries are on record as seen to ahead of its time. */
  #isAhead = false;

  constructor(options: { shared: SchedulerContext; turnLoop: TurnLoop; alarms: TimerQueue }) {
    const { shared, turnLoop, alarms } = options;
    this.#shared = shared;
    this.#turnLoop = turnLoop;
    const processes = shared.context.processes.filter((process) => process.kind === 'freerun');
    this.#processes = new Map(processes.map((process) => [process.name, process]));
    this.#book = new EntryBook({ shared, turnLoop, onMoved: (key) => this.#arming.arm(key) });
    this.#firings = new FiringQueue({
      shared,
      turnLoop,
      book: this.#book,
      process: (name) => this.process(name),
      replay: () => this.#replay,
    });
    this.#arming = createArming({
      shared,
      alarms,
      entry: (key) => this.#book.get(key),
      onDue: (key, requestsFor) => void this.#firings.ask(key, requestsFor).catch(ignore),
    });
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(): Promise<void> {
    const { store, timetableClock } = this.#shared;
    await this.#book.load([...this.#processes.values()]);
    this.#replay = this.#storedReplay = (await getFact(store, REPLAY)) as (Replay & Json) | undefined;
    // Clocks of boxes differ by less: it was set back while no scheduler was there to see it.
    if (this.#book.seenUntil > timetableClock.now() + CLOCK_SLACK) this.#comeAgain(this.#book.seenUntil);
  }

  /** Stores what the store does not know yet of what the context declares, and drops what that no longer does; nothing fires. */
  async reconcile(): Promise<void> {
    const { store } = this.#shared;
    const replay = this.#replay;
    // First: a scheduler that finds entries seen to ahead of its time begins anew.
    if (replay !== this.#storedReplay) await putFact(store, REPLAY, { ...replay });
    this.#storedReplay = replay;
    await this.#book.store();
    if (this.#isAhead) await this.#book.rewind();
    this.#isAhead = false;
  }

  /** Arms all schedules; firings missed since the last one are made up as each entry says. */
  async start(): Promise<void> {
    await this.#armAll((keys) => this.#book.records(keys));
  }

  /** The clock was set back from `until`, time of the timetable in ms: schedules are armed anew from where it is now. */
  async setBack(until: number): Promise<void> {
    const now = this.#shared.timetableClock.now();
    await this.#turnLoop.exclusive(() => {
      this.#comeAgain(Math.max(until, this.#book.seenUntil));
      for (const [key, { missed }] of this.#book.all())
        if (missed.length > 0) this.#book.adjust(key, (plan) => afterSetBack(plan, now));
      return Promise.resolve();
    });
    await this.#armAll((keys) => Promise.resolve(keys.map((key) => [key, undefined] as const)));
    await this.reconcile();
  }

  /** Arms all schedules anew; with records, what was missed by these comes first. */
  async #armAll(recordsOf: EntryBook['records']): Promise<void> {
    // Those of one schedule together: to read one takes longer than all else here.
    const entries = [...this.#book.all()].sort(([, a], [, b]) => (a.trigger < b.trigger ? -1 : 1));
    for (let from = 0; from < entries.length; from += PER_PAGE) {
      const keys = entries.slice(from, from + PER_PAGE).map(([key]) => key);
      for (const [key, record] of await recordsOf(keys)) this.#arming.arm(key, record);
      await giveWay();
    }
  }

  /** As the store has them, in the order of their keys: at most `limit` behind the key `after`, which need not be that of an entry. */
  page(page: EntryPage): Promise<readonly FreerunEntryRecord[]> {
    return this.#book.page(page);
  }

  has(processName: string, entryName: string): boolean {
    return this.#book.get(entryKeyText(processName, entryName)) !== undefined;
  }

  /** Whether its units wait until a user switches it on. What was fired of an entry that was removed since goes out. */
  isOff(processName: string, entryName: string): boolean {
    return this.#book.get(entryKeyText(processName, entryName))?.on === false;
  }

  /** Throws NOT_FOUND. */
  async get(processName: string, entryName: string): Promise<FreerunEntryRecord> {
    const record = await this.#book.find(entryKeyText(processName, entryName));
    if (record === undefined) throw unknownEntry(processName, entryName);
    return record;
  }

  /** Throws NOT_FOUND. */
  process(name: string): FreerunProcess {
    const found = this.#processes.get(name);
    if (found !== undefined) return found;
    const known = [...this.#processes.keys()].join(', ');
    throw new SynergyError(
      'NOT_FOUND',
      `no freerun process is named '${name}': expected one of ${known || 'none, the context has none'}`,
    );
  }

  /** Stores a new entry and arms it. To be called in a turn. */
  async add(record: FreerunEntryRecord, cause: Cause): Promise<void> {
    await this.#put(await this.#book.settled(keyOf(record)), record, cause);
  }

  /**
   * Changes what users say of an entry, and arms it anew. Changing a schedule never fires the past. One that is past
   * the version expected, and as it is to be, was changed before, and the answer was lost. To be called in a
   * turn. Throws NOT_FOUND, VERSION_CHANGED.
   */
  async change(
    { processName, entryName, expectedVersion }: EntryAtVersion,
    set: Partial<FreerunEntryRecord>,
    cause: Cause,
  ): Promise<void> {
    const before = await this.#book.settled(entryKeyText(processName, entryName));
    if (before === undefined || before.removed) throw unknownEntry(processName, entryName);
    const after = { ...before, ...set };
    const isDone = isDeepStrictEqual({ ...after, updatedAt: before.updatedAt }, before);
    if (isDone && expectedVersion !== undefined && expectedVersion < before.version) return;
    checkVersion(keyOf(before), expectedVersion, before.version);
    await this.#put(before, after, cause);
  }

  async #put(
    before: FreerunEntryRecord | undefined,
    changed: FreerunEntryRecord,
    cause: Cause,
  ): Promise<void> {
    parseSchedule(changed.trigger);
    const key = keyOf(changed);
    const after = { ...changed, removed: false, seenUntil: this.#shared.timetableClock.now() };
    await this.#book.write([{ before, after, event: eventOf(before, after) }], cause);
    // What was missed before a user changed it is past.
    this.#book.adjust(key, (plan) => ({ ...plan, missed: [], isBehind: false }));
    this.#arming.arm(key);
  }

  /** To be called in a turn. Throws NOT_FOUND, VERSION_CHANGED. */
  async remove({ processName, entryName, expectedVersion }: EntryAtVersion, cause: Cause): Promise<void> {
    const before = await this.#book.settled(entryKeyText(processName, entryName));
    if (before === undefined || before.removed) throw unknownEntry(processName, entryName);
    checkVersion(keyOf(before), expectedVersion, before.version);
    await this.#book.write([removal(before)], cause);
  }

  /** Fires an entry by a user's command, with arguments over its own or none, once even when the command is carried out again; returns what came of it. Throws NOT_FOUND. */
  async fire(
    {
      processName,
      entryName,
      arguments: given = null,
    }: EntryKey & { readonly arguments?: JsonObject | null },
    commandId: string,
    cause: Cause,
  ): Promise<FiringDecision> {
    const requests = [{ kind: 'by-hand', commandId, arguments: given }] as const;
    const key = entryKeyText(processName, entryName);
    const decision = await this.#firings.ask(key, (entry) => ({ entry, requests }), cause);
    if (decision === undefined) throw unknownEntry(processName, entryName);
    return decision;
  }

  /** A unit of work of some entry was reported: a firing that waits for its end may follow. */
  onReport(uow: UowRecord): void {
    const key = entryKeyText(uow.processName, uow.entryName ?? '');
    const plan = this.#book.get(key);
    if (plan?.openUow !== uow.id) return;
    this.#book.adjust(key, (known) => afterReport(known, uow));
    if (isWaiting(plan) && hasEndedOrIsHeld(uow)) void this.#goOn(key);
  }

  /** Fires what waits for the end of a unit that was not heard of, and what failed to fire. */
  async fireWaiting(): Promise<void> {
    const waiting: string[] = [];
    for (const [key, plan] of this.#book.all()) if (isWaiting(plan)) waiting.push(key);
    await Promise.all(waiting.map((key) => this.#goOn(key)));
  }

  /** The time from now to `until` comes again; to be stored. */
  #comeAgain(until: number): void {
    this.#replay = replayed(this.#replay, { now: this.#shared.timetableClock.now(), until });
    this.#isAhead = true;
  }

  #goOn(key: string): Promise<unknown> {
    const now = this.#shared.timetableClock.now();
    return this.#firings
      .ask(key, (entry) => goOn(entry, scheduleOf(entry.record.trigger), now))
      .catch(ignore);
  }
}

/** The queue of firings has logged why. */
const ignore = (): void => undefined;
