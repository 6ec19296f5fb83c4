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
import { shareCommitLog } from '../mq/commit-log.ts';
import type { AlarmClock } from './alarm.ts';
import type { Conductor } from './conductor.ts';
import { entryKey as keyOf, freerunUnit } from './freerun-unit.ts';
import { causeOf, ring } from './kernel.ts';
import type { Kernel } from './kernel.ts';
import { cancellation } from './step.ts';

/** How far back firings that nobody was there for are made up. */
const CATCH_UP = DAY;

/** Units of one instant beyond which something is wrong: firing by hand takes the next free number. */
const MOST_UNITS_AN_INSTANT = 1_000;

/** How a firing came about: by the schedule at a planned instant, by hand, or owed since the last unit was in its way. */
type Occasion = 'schedule' | 'hand' | 'owed';

interface PlannedFiring {
  readonly record: FreerunEntryRecord;
  /** Instant, ms. */
  readonly at: number;
  readonly sequence: number;
  readonly occasion: Occasion;
}

/** What the journal says about it. */
const reasons: Readonly<Record<Occasion, string | null>> = {
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

  /** Fires an entry by hand; returns what came of it. */
  fire(record: FreerunEntryRecord): Promise<Firing> {
    return this.#fire(record, this.#kernel.timetableClock.now(), 'hand');
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
    const fresh = { on: declared.on, lastFiredAt: null, relatedUow: null, buffered: false, createdAt: now };
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
    if (record?.on === true) await this.#fire(record, at, 'schedule');
  }

  /** Until its turn comes, the entry may have been switched off, removed or fired by hand. */
  async #fireOwed(key: string): Promise<void> {
    const record = this.#entries.get(key);
    if (record?.on !== true || !record.buffered) return;
    await this.#fire({ ...record, buffered: false }, this.#kernel.timetableClock.now(), 'owed');
  }

  #inTurn(task: () => Promise<unknown>): Promise<void> {
    return this.#conductor.exclusive(task).then(
      () => undefined,
      (error: unknown) => this.#kernel.log.error(`freerun entry did not fire: ${String(error)}`),
    );
  }

  async #fire(record: FreerunEntryRecord, at: number, occasion: Occasion): Promise<Firing> {
    const [last] = record.relatedUow === null ? [] : await this.#kernel.store.uows([record.relatedUow]);
    const firing = freerun(record.overlap, last?.state, record.buffered);
    const { log } = this.#kernel;
    const about = { process: record.processName, entry: record.entryName };
    switch (firing.do) {
      case 'ring':
        await this.#ring(record, record.relatedUow ?? '');
        break;
      case 'drop':
        log.info(`not fired: ${firing.because}`, about);
        break;
      case 'buffer':
        await this.#remember({ ...record, buffered: true, lastFiredAt: at });
        break;
      case 'fire':
      case 'cancel-and-fire':
        if (firing.do === 'cancel-and-fire' || last?.state === 'INVALID') await this.#replace(last);
        await this.#publish(record, at, occasion);
    }
    return firing;
  }

  /** A predecessor that is INVALID, or that the overlap policy cancels, makes way. */
  async #replace(last: UowRecord | undefined): Promise<void> {
    if (last === undefined) return;
    const cause = causeOf(this.#kernel, 'scheduler', 'its entry fired again');
    await this.#kernel.store.commit([{ cause, writes: [cancellation(last, cause)] }]);
  }

  /**
   * The id of a planned firing can be taken once: whoever comes second finds it done, and still remembers it, as
   * who came first may have died before. A firing by hand takes the next free number of its instant.
   */
  async #publish(record: FreerunEntryRecord, at: number, occasion: Occasion): Promise<void> {
    const planned = occasion === 'schedule';
    const last = planned ? 1 : MOST_UNITS_AN_INSTANT;
    for (let sequence = planned ? 1 : 2; sequence <= last; sequence++) {
      const { id, inserted } = await this.#insertUnit({ record, at, sequence, occasion });
      if (!inserted && !planned) continue;
      return this.#remember({ ...record, relatedUow: id, buffered: false, lastFiredAt: at });
    }
  }

  /** The entry has fired, whether its ring gets through or not. */
  #ring(record: FreerunEntryRecord, id: string): Promise<void> {
    return ring(this.#kernel, workQueue(this.process(record.processName)), [id]);
  }

  async #insertUnit(firing: PlannedFiring): Promise<{ id: string; inserted: boolean }> {
    const { record, occasion } = firing;
    const process = this.process(record.processName);
    const cause = causeOf(this.#kernel, 'scheduler', reasons[occasion]);
    const uow = freerunUnit({
      ...firing,
      now: cause.at,
      arguments: { ...process.arguments, ...record.arguments },
    });
    const inserting = this.#kernel.store.commit([{ cause, writes: [{ kind: 'uow-insert', uow }] }]);
    // Nobody waits longer for it than has to: this is what lies between an instant and the start of its handler.
    const along = shareCommitLog(this.#kernel.store, this.#kernel.queue);
    if (along) void this.#ring(record, uow.id);
    const inserted = (await inserting)[0] === 'applied';
    if (inserted && !along) void this.#ring(record, uow.id);
    return { id: uow.id, inserted };
  }

  async #remember(record: FreerunEntryRecord): Promise<void> {
    await this.#kernel.store.putFreerunEntry(record);
    this.#keep(record);
  }
}

/** Everything but the time of the last update is the same. */
const sameBut = (a: FreerunEntryRecord, b: FreerunEntryRecord): boolean =>
  isDeepStrictEqual({ ...a, updatedAt: 0 }, { ...b, updatedAt: 0 });
