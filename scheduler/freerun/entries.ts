import { SynergyError } from '../../domain/errors.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { FreerunEntry, FreerunProcess } from '../../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { missedRuns } from '../../domain/schedule/missed-run.ts';
import { parseSchedule } from '../../domain/schedule/schedule.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import { FIRING_LEAD } from '../../domain/strategy/freerun.ts';
import type { Firing } from '../../domain/strategy/freerun.ts';
import { DAY } from '../../domain/time/calendar.ts';
import type { TimerQueue } from '../../lib/timer-queue.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import { entryKey as keyOf, isOutOfTheWay } from './firing-uow.ts';
import type { PlannedFiring } from './firing-uow.ts';
import { FreerunReplay, dropAhead } from './replay.ts';
import { fireEntry } from './fire.ts';
import { declaredRecord, isGone } from './declared-entry.ts';
import type { SchedulerContext } from '../context.ts';

/** Catch-up window for firings missed while no scheduler ran. */
const CATCH_UP = DAY;

/** Keeps freerun entries, arms their schedules and fires them. Every method runs in a turn of the turn loop. */
export class FreerunEntries {
  readonly #shared: SchedulerContext;
  readonly #turnLoop: TurnLoop;
  readonly #alarms: TimerQueue;
  readonly #isAtWork: () => boolean;
  readonly #entries = new Map<string, FreerunEntryRecord>();
  /** Planned instants of firings to be made up for, one after another; each waits for the last unit to end. */
  readonly #missed = new Map<string, readonly number[]>();
  /** The last unit of an entry that was reported to have ended. */
  readonly #ended = new Map<string, string>();
  /** Entries that may have a unit they know nothing of: who fired them died, or was not answered. */
  readonly #doubtful = new Set<string>();
  /** What the context says and the store does not yet. */
  readonly #toStore: FreerunEntryRecord[] = [];
  readonly #toRemove: FreerunEntryRecord[] = [];
  readonly #replay: FreerunReplay;

  constructor(options: {
    shared: SchedulerContext;
    turnLoop: TurnLoop;
    alarms: TimerQueue;
    isAtWork: () => boolean;
  }) {
    this.#shared = options.shared;
    this.#turnLoop = options.turnLoop;
    this.#alarms = options.alarms;
    this.#isAtWork = options.isAtWork;
    this.#replay = new FreerunReplay(options.shared.store);
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(): Promise<void> {
    for (const record of await this.#shared.store.freerunEntries()) {
      this.#keep(record);
      this.#doubtful.add(keyOf(record.processName, record.entryName));
    }
    for (const record of this.list()) if (isGone(record, this.#processes())) this.#toRemove.push(record);
    for (const record of this.#toRemove) this.#entries.delete(keyOf(record.processName, record.entryName));
    for (const process of this.#processes()) {
      for (const entry of process.entries) this.#declare(process, entry);
    }
    await this.#replay.load();
    // Clocks of boxes differ by less: it was set back while no scheduler was there to see it.
    if (this.#seenUntil() > this.#shared.timetableClock.now() + CLOCK_SLACK)
      this.#toStore.push(...this.#rewind(this.#seenUntil()));
  }

  /** Stores what the context declares and drops what it no longer does; nothing fires. */
  async reconcile(): Promise<void> {
    await this.#replay.store();
    for (; this.#toStore[0] !== undefined; this.#toStore.shift())
      await this.#shared.store.putFreerunEntry(this.#toStore[0]);
    for (; this.#toRemove[0] !== undefined; this.#toRemove.shift()) await this.remove(this.#toRemove[0]);
  }

  /** Arms all schedules; firings missed since the last one are made up as each entry says. */
  start(): void {
    for (const record of this.#entries.values()) this.#arm(record, true);
  }

  /** The clock was set back from `until`, time of the timetable in ms: schedules are armed anew from where it is now. */
  async setBack(until: number): Promise<void> {
    const rewound = this.#rewind(Math.max(until, this.#seenUntil()));
    for (const record of this.#entries.values()) this.#arm(record, false);
    await this.#replay.store();
    for (const record of rewound) await this.#remember(record);
  }

  list(): readonly FreerunEntryRecord[] {
    return [...this.#entries.values()];
  }

  has(processName: string, entryName: string): boolean {
    return this.#entries.has(keyOf(processName, entryName));
  }

  isOn(processName: string, entryName: string): boolean {
    return this.#entries.get(keyOf(processName, entryName))?.on ?? false;
  }

  /** Throws NOT_FOUND. */
  get(processName: string, entryName: string): FreerunEntryRecord {
    const record = this.#entries.get(keyOf(processName, entryName));
    if (record !== undefined) return record;
    throw new SynergyError(
      'NOT_FOUND',
      `no freerun entry ${processName} ${entryName}: see \`synergy freerun list\``,
    );
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
    const record = { ...changed, seenUntil: this.#shared.timetableClock.now() };
    await this.#remember(record);
    this.#missed.delete(keyOf(record.processName, record.entryName));
    this.#arm(record, false);
  }

  async remove(record: FreerunEntryRecord): Promise<void> {
    const key = keyOf(record.processName, record.entryName);
    await this.#shared.store.removeFreerunEntry(record.processName, record.entryName);
    this.#entries.delete(key);
    this.#missed.delete(key);
    this.#ended.delete(key);
    this.#alarms.clear(key);
  }

  /** Fires an entry by a user's command, once even when the command is carried out again; returns what came of it. */
  fire(record: FreerunEntryRecord, commandId: string): Promise<Firing> {
    const at = this.#shared.timetableClock.now();
    return this.#fire({ record, at, occasion: { by: 'hand', commandId }, pass: 1 });
  }

  /** A unit of work of some entry was reported: a firing that waits for its end may follow. */
  onReport(uow: UowRecord): void {
    const key = keyOf(uow.processName, uow.entryName ?? '');
    if (isUowFinished(uow.state)) this.#ended.set(key, uow.id);
    if (this.#isWaiting(key) && this.#entries.get(key)?.relatedUow === uow.id && isOutOfTheWay(uow))
      void this.#inTurn(() => this.#goOn(key));
  }

  /** Fires what waits for the end of a unit that was not heard of. */
  async tend(): Promise<void> {
    for (const key of this.#entries.keys())
      if (this.#isWaiting(key)) await this.#inTurn(() => this.#goOn(key));
  }

  /** Until when any schedule was seen to. */
  #seenUntil(): number {
    return Math.max(...this.list().map(({ seenUntil }) => seenUntil ?? -Infinity));
  }

  /** What was seen to or missed ahead of now comes again; returns the entries that are to be stored for it. */
  #rewind(until: number): readonly FreerunEntryRecord[] {
    const now = this.#shared.timetableClock.now();
    this.#replay.begin({ now, until });
    dropAhead(this.#missed, now);
    const rewound = this.list()
      .filter(({ seenUntil }) => (seenUntil ?? now) > now)
      .map((record) => ({ ...record, seenUntil: now }));
    for (const record of rewound) this.#keep(record);
    return rewound;
  }

  #isWaiting(key: string): boolean {
    return this.#entries.get(key)?.buffered === true || this.#missed.has(key);
  }

  #processes(): readonly FreerunProcess[] {
    return this.#shared.context.processes.filter((entry) => entry.kind === 'freerun');
  }

  #declare(process: FreerunProcess, entry: FreerunEntry): void {
    const record = declaredRecord({
      process,
      entry,
      known: this.#entries.get(keyOf(process.name, entry.name)),
      now: this.#shared.clock.now(),
      timetableNow: this.#shared.timetableClock.now(),
    });
    if (record === undefined) return;
    this.#keep(record);
    this.#toStore.push(record);
  }

  #keep(record: FreerunEntryRecord): void {
    this.#entries.set(keyOf(record.processName, record.entryName), record);
  }

  #arm(record: FreerunEntryRecord, makeUp: boolean): void {
    const key = keyOf(record.processName, record.entryName);
    this.#alarms.clear(key);
    if (!record.on || !this.#isAtWork()) return;
    const schedule = parseSchedule(record.trigger);
    const now = this.#shared.timetableClock.now();
    if (makeUp && record.seenUntil !== null) this.#makeUp(record, schedule, { since: record.seenUntil, now });
    this.#await(key, schedule, now);
  }

  /** Fires at the next instant of a schedule after `after`, and at all that follow until the entry is armed anew. */
  #await(key: string, schedule: Schedule, after: number): void {
    const next = schedule.next(after);
    if (next === undefined) return;
    const fire = (): void => this.#onSchedule(key, schedule, next);
    this.#alarms.set(key, next - FIRING_LEAD, () => {
      if (this.#isFree(key)) fire();
      else this.#alarms.set(key, next, fire);
    });
  }

  /** When this process stood still, instants after `at` have passed too: as if it had been away, all were missed. */
  #onSchedule(key: string, schedule: Schedule, at: number): void {
    const now = Math.max(at, this.#shared.timetableClock.now());
    const record = this.#entries.get(key);
    const isLast = (schedule.next(at) ?? Infinity) > now;
    if (record === undefined || isLast) void this.#inTurn(() => this.#fireIfCurrent(key, at));
    else this.#makeUp(record, schedule, { since: at - 1, now });
    this.#await(key, schedule, now);
  }

  /** Nothing is known to be in the way of a firing: it may be carried out ahead of its instant. */
  #isFree(key: string): boolean {
    const record = this.#entries.get(key);
    if (record === undefined || this.#isWaiting(key) || this.#doubtful.has(key)) return false;
    const process = this.#processes().find(({ name }) => name === record.processName);
    // Who works elsewhere would have to wait for the instant too.
    if (process === undefined || process.worker.kind === 'external') return false;
    return (
      record.overlap === 'allow' || record.relatedUow === null || this.#ended.get(key) === record.relatedUow
    );
  }

  /** Firings that were missed since an instant: one after another if each counts, else as the overlap policy says. */
  #makeUp(record: FreerunEntryRecord, schedule: Schedule, span: { since: number; now: number }): void {
    const { missed: policy, overlap } = record;
    const key = keyOf(record.processName, record.entryName);
    const missed = missedRuns(schedule, { ...span, policy, window: CATCH_UP });
    if (policy === 'all' && overlap !== 'allow' && missed.length > 0) {
      this.#missed.set(key, [...(this.#missed.get(key) ?? []), ...missed]);
      void this.#inTurn(() => this.#goOn(key));
    } else for (const at of missed) void this.#inTurn(() => this.#fireIfCurrent(key, at));
  }

  /** The entry may have been changed, switched off or removed since it was armed. */
  async #fireIfCurrent(key: string, at: number): Promise<void> {
    const record = this.#entries.get(key);
    if (record?.on !== true) return;
    try {
      await this.#fire({
        record,
        at,
        occasion: { by: 'schedule' },
        pass: this.#replay.pass(record.trigger, at),
      });
    } catch (error) {
      const earlier = record.missed === 'all' ? (this.#missed.get(key) ?? []) : [];
      if (record.missed !== 'none') this.#missed.set(key, [...earlier, at]);
      throw error;
    }
  }

  /** Until its turn comes, the entry may have been switched off, removed or fired by hand. */
  async #goOn(key: string): Promise<void> {
    const record = this.#entries.get(key);
    if (record?.on !== true) return;
    const [last] = record.relatedUow === null ? [] : await this.#shared.store.uows([record.relatedUow]);
    if (last !== undefined && !isOutOfTheWay(last)) return;
    if (record.buffered) {
      const at = record.lastFiredAt ?? this.#shared.timetableClock.now();
      const owed = { record: { ...record, buffered: false }, at, occasion: { by: 'owed' } } as const;
      await this.#fire({ ...owed, pass: this.#replay.pass(record.trigger, at) });
      return;
    }
    const [at, ...later] = this.#missed.get(key) ?? [];
    if (at === undefined) return;
    await this.#fire({
      record,
      at,
      occasion: { by: 'schedule' },
      pass: this.#replay.pass(record.trigger, at),
    });
    if (later.length > 0) this.#missed.set(key, later);
    else this.#missed.delete(key);
  }

  #inTurn(task: () => Promise<unknown>): Promise<void> {
    return this.#turnLoop.exclusive(task).then(
      () => undefined,
      (error: unknown) => this.#shared.log.error(`freerun entry did not fire: ${String(error)}`),
    );
  }

  async #fire({ record: asKnown, ...planned }: PlannedFiring): Promise<Firing> {
    const key = keyOf(asKnown.processName, asKnown.entryName);
    const record = await this.#knowing(asKnown);
    try {
      return await fireEntry(
        { record, ...planned },
        {
          shared: this.#shared,
          process: this.process(record.processName),
          seen: this.#seen({ record, ...planned }),
          isClear:
            planned.occasion.by === 'schedule' &&
            record.relatedUow !== null &&
            !this.#replay.comesAgain(planned.at) &&
            this.#ended.get(key) === record.relatedUow,
          remember: (after) => this.#remember(after),
        },
      );
    } catch (error) {
      this.#doubtful.add(key);
      throw error;
    }
  }

  /** The entry, knowing of the unit that may be in the way of a firing. */
  async #knowing(record: FreerunEntryRecord): Promise<FreerunEntryRecord> {
    const { processName, entryName } = record;
    const key = keyOf(processName, entryName);
    if (!this.#doubtful.has(key)) return record;
    const holding = await this.#shared.store.findUows({
      processName,
      entryName,
      states: ['REQUESTED', 'IN_PROGRESS'],
    });
    const relatedUow = holding.at(-1)?.id ?? record.relatedUow;
    if (relatedUow !== record.relatedUow)
      await this.#remember({ ...(this.#entries.get(key) ?? record), relatedUow });
    this.#doubtful.delete(key);
    return { ...record, relatedUow };
  }

  /** Its schedule was seen to until this firing, unless an earlier one is still to be made up for. */
  #seen({ record, at, occasion }: PlannedFiring): FreerunEntryRecord {
    const [missed] = this.#missed.get(keyOf(record.processName, record.entryName)) ?? [];
    if (occasion.by !== 'schedule' || (missed !== undefined && missed < at)) return record;
    return { ...record, seenUntil: at };
  }

  async #remember(record: FreerunEntryRecord): Promise<void> {
    await this.#shared.store.putFreerunEntry(record);
    this.#keep(record);
  }
}
