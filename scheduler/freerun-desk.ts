import { isDeepStrictEqual } from 'node:util';
import { SynergyError } from '../domain/errors.ts';
import { isUowFinished } from '../domain/machine/transition.ts';
import type { FreerunEntry, FreerunProcess } from '../domain/model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../domain/model/record.ts';
import { workQueue } from '../domain/model/queue-name.ts';
import { missedRuns } from '../domain/schedule/missed-run.ts';
import { parseSchedule } from '../domain/schedule/schedule.ts';
import { freerun } from '../domain/strategy/freerun.ts';
import type { Firing } from '../domain/strategy/freerun.ts';
import { DAY } from '../domain/time/calendar.ts';
import { shareCommitLog } from '../domain/commit-log.ts';
import type { AlarmClock } from './alarm.ts';
import type { Conductor } from './conductor.ts';
import { entryKey as keyOf, freerunUnit, freerunUnitId } from './freerun-unit.ts';
import type { Occasion, PlannedFiring } from './freerun-unit.ts';
import { causeOf, ring } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { cancellation } from './step.ts';

/** How far back firings that nobody was there for are made up. */
const CATCH_UP = DAY;

/** What the journal says about a firing. */
const reasons: Readonly<Record<Occasion['by'], string | null>> = {
  schedule: null,
  hand: 'fired by hand',
  owed: 'owed until the last unit had finished',
};

/** Keeps freerun entries, arms their schedules and fires them. Every method runs in the conductor's turns. */
export class FreerunDesk {
  readonly #kernel: Kernel;
  readonly #conductor: Conductor;
  readonly #alarms: AlarmClock;
  readonly #isAtWork: () => boolean;
  readonly #entries = new Map<string, FreerunEntryRecord>();
  /** What the context says and the store does not yet. */
  readonly #toStore: FreerunEntryRecord[] = [];
  readonly #toRemove: FreerunEntryRecord[] = [];

  constructor(options: {
    kernel: Kernel;
    conductor: Conductor;
    alarms: AlarmClock;
    isAtWork: () => boolean;
  }) {
    this.#kernel = options.kernel;
    this.#conductor = options.conductor;
    this.#alarms = options.alarms;
    this.#isAtWork = options.isAtWork;
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(): Promise<void> {
    for (const record of await this.#kernel.store.freerunEntries()) this.#keep(record);
    for (const record of this.list()) if (this.#isGone(record)) this.#toRemove.push(record);
    for (const record of this.#toRemove) this.#entries.delete(keyOf(record.processName, record.entryName));
    for (const process of this.#processes()) {
      for (const entry of process.entries) this.#declare(process, entry);
    }
  }

  /** Stores what the context declares and drops what it no longer does; nothing fires. */
  async reconcile(): Promise<void> {
    for (const record of this.#toStore.splice(0)) await this.#kernel.store.putFreerunEntry(record);
    for (const record of this.#toRemove.splice(0)) await this.remove(record);
  }

  /** Arms all schedules; firings missed since the last one are made up as each entry says. */
  start(): void {
    for (const record of this.#entries.values()) this.#arm(record, true);
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
  async put(record: FreerunEntryRecord): Promise<void> {
    parseSchedule(record.trigger);
    await this.#kernel.store.putFreerunEntry(record);
    this.#keep(record);
    this.#arm(record, false);
  }

  async remove(record: FreerunEntryRecord): Promise<void> {
    const key = keyOf(record.processName, record.entryName);
    await this.#kernel.store.removeFreerunEntry(record.processName, record.entryName);
    this.#entries.delete(key);
    this.#alarms.clear(key);
  }

  /** Fires an entry by somebody's command, once even when the command is carried out again; returns what came of it. */
  fire(record: FreerunEntryRecord, commandId: string): Promise<Firing> {
    const at = this.#kernel.timetableClock.now();
    return this.#fire({ record, at, occasion: { by: 'hand', commandId } });
  }

  /** A unit of work of some entry was reported: an owed firing may follow. */
  onReport(uow: UowRecord): void {
    const record = this.#entries.get(keyOf(uow.processName, uow.entryName ?? ''));
    if (record?.buffered !== true || record.relatedUow !== uow.id || !isUowFinished(uow.state)) return;
    void this.#inTurn(() => this.#fireOwed(keyOf(uow.processName, uow.entryName ?? '')));
  }

  #processes(): readonly FreerunProcess[] {
    return this.#kernel.context.processes.filter((entry) => entry.kind === 'freerun');
  }

  #isGone(record: FreerunEntryRecord): boolean {
    const process = this.#processes().find((candidate) => candidate.name === record.processName);
    if (record.origin === 'user') return process === undefined;
    return process?.entries.every((entry) => entry.name !== record.entryName) ?? true;
  }

  #declare(process: FreerunProcess, entry: FreerunEntry): void {
    const known = this.#entries.get(keyOf(process.name, entry.name));
    const now = this.#kernel.clock.now();
    const { name, ...declared } = entry;
    const fresh = {
      on: declared.on,
      lastFiredAt: null,
      seenUntil: null,
      relatedUow: null,
      buffered: false,
      createdAt: now,
    };
    const record: FreerunEntryRecord = {
      ...(known ?? fresh),
      ...declared,
      // What people switched stays switched.
      on: known?.on ?? declared.on,
      processName: process.name,
      entryName: name,
      origin: 'context',
      updatedAt: now,
    };
    if (known !== undefined && sameBut(known, record)) return;
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
    const now = this.#kernel.timetableClock.now();
    const since = record.lastFiredAt;
    const missed =
      makeUp && since !== null
        ? missedRuns(schedule, { since, now, policy: record.missed, window: CATCH_UP })
        : [];
    for (const at of missed) void this.#inTurn(() => this.#fireIfCurrent(key, at));
    const next = schedule.next(now);
    if (next !== undefined) this.#alarms.set(key, next, () => this.#onSchedule(key, next));
  }

  #onSchedule(key: string, at: number): void {
    void this.#inTurn(() => this.#fireIfCurrent(key, at));
    const record = this.#entries.get(key);
    if (record !== undefined) this.#arm(record, false);
  }

  /** The entry may have been changed, switched off or removed since it was armed. */
  async #fireIfCurrent(key: string, at: number): Promise<void> {
    const record = this.#entries.get(key);
    if (record?.on === true) await this.#fire({ record, at, occasion: { by: 'schedule' } });
  }

  /** Until its turn comes, the entry may have been switched off, removed or fired by hand. */
  async #fireOwed(key: string): Promise<void> {
    const record = this.#entries.get(key);
    if (record?.on !== true || !record.buffered) return;
    const at = record.lastFiredAt ?? this.#kernel.timetableClock.now();
    await this.#fire({ record: { ...record, buffered: false }, at, occasion: { by: 'owed' } });
  }

  #inTurn(task: () => Promise<unknown>): Promise<void> {
    return this.#conductor.exclusive(task).then(
      () => undefined,
      (error: unknown) => this.#kernel.log.error(`freerun entry did not fire: ${String(error)}`),
    );
  }

  async #fire(planned: PlannedFiring): Promise<Firing> {
    const { record, at } = planned;
    const { store, log } = this.#kernel;
    const id = freerunUnitId(planned);
    const units = await store.uows(record.relatedUow === null ? [id] : [id, record.relatedUow]);
    // Who fired it may have died before the entry knew.
    if (units.some((uow) => uow.id === id)) {
      await this.#remember({ ...record, relatedUow: id, buffered: false, lastFiredAt: at });
      return { do: 'fire' };
    }
    const last = units.at(0);
    const firing = freerun(record.overlap, last?.state, record.buffered);
    switch (firing.do) {
      case 'ring':
        await this.#ring(record, record.relatedUow ?? '');
        break;
      case 'drop':
        log.info(`not fired: ${firing.because}`, { process: record.processName, entry: record.entryName });
        break;
      case 'buffer':
        await this.#remember({ ...record, buffered: true, lastFiredAt: at });
        break;
      case 'fire':
      case 'cancel-and-fire':
        if (firing.do === 'cancel-and-fire' || isRetrying(last)) await this.#replace(last);
        await this.#publish(planned);
    }
    return firing;
  }

  /** A predecessor that waits for its retry, or that the overlap policy cancels, makes way. */
  async #replace(last: UowRecord | undefined): Promise<void> {
    if (last === undefined) return;
    const cause = causeOf(this.#kernel, 'scheduler', 'its entry fired again');
    await this.#kernel.store.commit([{ cause, writes: [cancellation(last, cause)] }]);
  }

  async #publish(planned: PlannedFiring): Promise<void> {
    const { record, at, occasion } = planned;
    const { store, queue } = this.#kernel;
    const process = this.process(record.processName);
    const cause = causeOf(this.#kernel, 'scheduler', reasons[occasion.by]);
    const args = { ...process.arguments, ...record.arguments };
    const uow = freerunUnit({ ...planned, now: cause.at, arguments: args });
    const inserting = store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
    const fired = { ...record, relatedUow: uow.id, buffered: false, lastFiredAt: at };
    if (store.capabilities.commitLog === null) {
      await inserting;
      void this.#ring(record, uow.id);
      return this.#remember(fired);
    }
    // One commit for all: a second one would keep the worker, once rung, from claiming.
    const along = shareCommitLog(store, queue);
    if (along) void this.#ring(record, uow.id);
    try {
      await Promise.all([inserting, this.#remember(fired)]);
    } catch (error) {
      await this.#remember(record);
      throw error;
    }
    if (!along) void this.#ring(record, uow.id);
  }

  /** The entry has fired, whether its ring gets through or not. */
  #ring(record: FreerunEntryRecord, id: string): Promise<void> {
    return ring(this.#kernel, workQueue(this.process(record.processName)), [id]);
  }

  async #remember(record: FreerunEntryRecord): Promise<void> {
    await this.#kernel.store.putFreerunEntry(record);
    this.#keep(record);
  }
}

/** Quarantined units are none: those are for a person to release or cancel. */
const isRetrying = (uow: UowRecord | undefined): boolean => uow?.state === 'INVALID' && uow.retryAt !== null;

/** Everything but the time of the last update is the same. */
const sameBut = (a: FreerunEntryRecord, b: FreerunEntryRecord): boolean =>
  isDeepStrictEqual({ ...a, updatedAt: 0 }, { ...b, updatedAt: 0 });
