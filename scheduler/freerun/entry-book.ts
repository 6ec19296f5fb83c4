import { isDeepStrictEqual } from 'node:util';
import { SynergyError } from '../../domain/errors.ts';
import { entryChange, freerunSpec, pagesOf } from '../../db/collections.ts';
import type { WriteGroup } from '../../db/store.ts';
import { asStored, fallenBehind, inDoubt, liveOf, planOf } from '../../domain/freerun/entry.ts';
import type { LiveEntry, PlannedEntry } from '../../domain/freerun/entry.ts';
import type { EntryEvent } from '../../domain/machine/entry-machine.ts';
import { entryKeyOf, entryKeyText } from '../../domain/model/entity.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { causeOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import { declaredEntries, declaredRecord } from './declared-entry.ts';
import type { DeclaredEntry } from './declared-entry.ts';

/** Which entries are listed, see `EntryBook.page`. */
export interface EntryPage {
  readonly after?: string;
  readonly limit: number;
}

/** Entries that are read at once, or written in one commit. */
export const PER_PAGE = 500;

/** A change of an entry that is to be stored. */
interface EntryChange {
  readonly before: FreerunEntryRecord | undefined;
  readonly after: FreerunEntryRecord;
  readonly event: EntryEvent;
}

/** What an entry book stands on. */
export interface BookTools {
  readonly shared: SchedulerContext;
  readonly turnLoop: TurnLoop;
  /** Told of an entry whose alarm is to be set anew, since it is on, off or gone, or has another schedule. */
  readonly onMoved: (key: string) => void;
}

export const keyOf = ({ processName, entryName }: FreerunEntryRecord): string =>
  entryKeyText(processName, entryName);

export const removal = (before: FreerunEntryRecord): EntryChange => ({
  before,
  after: { ...before, removed: true, buffered: false, owedArguments: null },
  event: 'remove',
});

/** What the journal says of an entry that was put. */
export const eventOf = (before: FreerunEntryRecord | undefined, after: FreerunEntryRecord): EntryEvent => {
  if (before === undefined || before.removed) return 'create';
  if (before.on === after.on) return 'change';
  return after.on ? 'switch-on' : 'switch-off';
};

/** The freerun entries by their text keys: in memory what they are armed by, in the store their records. */
export class EntryBook {
  readonly #tools: BookTools;
  readonly #plans = new Map<string, PlannedEntry>();
  /** What is to be stored of entries: what the context declares of them is believed before. */
  readonly #toStore = new Map<string, EntryChange>();
  #seenUntil = -Infinity;

  constructor(tools: BookTools) {
    this.#tools = tools;
  }

  /** Until when any schedule was seen to, ms of the timetable. */
  get seenUntil(): number {
    return this.#seenUntil;
  }

  get(key: string): PlannedEntry | undefined {
    return this.#plans.get(key);
  }

  all(): IterableIterator<[string, PlannedEntry]> {
    return this.#plans.entries();
  }

  set(key: string, entry: LiveEntry): void {
    this.#plans.set(key, planOf(entry, this.#plans.get(key)?.trigger));
    this.#seenUntil = Math.max(this.#seenUntil, entry.record.seenUntil ?? -Infinity);
  }

  /** Changes what is known of an entry beside its record. */
  adjust(key: string, adjust: (plan: PlannedEntry) => PlannedEntry): void {
    const plan = this.#plans.get(key);
    if (plan !== undefined) this.#plans.set(key, adjust(plan));
  }

  /** Its change met another one. */
  doubt(key: string): void {
    this.adjust(key, inDoubt);
  }

  /** Its firing failed, with an outcome that is unknown. */
  fallBehind(key: string): void {
    this.adjust(key, fallenBehind);
  }

  /** Reads the stored entries and, over them, what the context declares; stores nothing. */
  async load(processes: readonly FreerunProcess[]): Promise<void> {
    const declared = declaredEntries(processes);
    const names = new Set(processes.map(({ name }) => name));
    /** Most entries have the schedule of others: its text is kept once. */
    const triggers = new Map<string, string>();
    const shareText = (text: string): string => triggers.get(text) ?? (triggers.set(text, text), text);
    for await (const records of this.pages())
      for (const stored of records) {
        const record = { ...stored, trigger: shareText(stored.trigger) };
        const key = keyOf(record);
        const declaration = declared.get(key);
        declared.delete(key);
        if (!record.removed) this.set(key, asStored(record));
        if (declaration !== undefined) this.#declare(key, declaration, record);
        // The context has dropped it, or the process of one that a user added.
        else if (!record.removed && (record.origin === 'context' || !names.has(record.processName))) {
          this.#plans.delete(key);
          this.#toStore.set(key, removal(record));
        }
      }
    for (const [key, declaration] of declared) this.#declare(key, declaration, undefined);
  }

  #declare(key: string, declaration: DeclaredEntry, stored: FreerunEntryRecord | undefined): void {
    const { clock, timetableClock } = this.#tools.shared;
    const known = stored?.removed ? undefined : stored;
    const times = { now: clock.now(), timetableNow: timetableClock.now() };
    const after = declaredRecord({ ...declaration, known, ...times });
    if (after === undefined) return;
    this.set(key, asStored(after));
    this.#toStore.set(key, { before: stored, after, event: eventOf(stored, after) });
  }

  /** Stores what the store does not know yet of what the context declares, and drops what that no longer does. */
  async store(): Promise<void> {
    while (this.#toStore.size > 0)
      await this.#tools.turnLoop.exclusive(() => this.write([...this.#toStore.values()].slice(0, PER_PAGE)));
  }

  /** What was seen to ahead of now comes again: so it is put on record. */
  async rewind(): Promise<void> {
    for (let last: FreerunEntryRecord | undefined, size = PER_PAGE; size === PER_PAGE;)
      await this.#tools.turnLoop.exclusive(async () => {
        const now = this.#tools.shared.timetableClock.now();
        const records = await this.#records.list({ ...(last && { after: last }), limit: PER_PAGE });
        [last, size] = [records.at(-1), records.length];
        const ahead = records.filter(({ seenUntil, removed }) => !removed && (seenUntil ?? now) > now);
        await this.write(
          ahead.map((before) => ({ before, after: { ...before, seenUntil: now }, event: 'set-back' })),
        );
      });
    this.#seenUntil = Math.min(this.#seenUntil, this.#tools.shared.timetableClock.now());
  }

  /** The stored records, those of removed entries included, in the order of their keys. */
  pages(after?: string): AsyncGenerator<readonly FreerunEntryRecord[], undefined> {
    return pagesOf(this.#records, PER_PAGE, after === undefined ? undefined : entryKeyOf(after));
  }

  /** In the order of their keys, at most `limit` behind the key `after`, which need not be that of an entry. */
  async page({ after = '', limit }: EntryPage): Promise<readonly FreerunEntryRecord[]> {
    const unstored = [...this.#toStore.values()].map((change) => change.after);
    const found = unstored.filter((record) => compareKeys(record, entryKeyOf(after)) > 0);
    let stored = 0;
    for await (const records of this.pages(after)) {
      const others = records.filter((record) => !record.removed && !this.#toStore.has(keyOf(record)));
      found.push(...others);
      stored += others.length;
      if (stored >= limit) break;
    }
    return found
      .filter(({ removed }) => !removed)
      .sort(compareKeys)
      .slice(0, limit);
  }

  /** The record of an entry; undefined when there is none. */
  async find(key: string): Promise<FreerunEntryRecord | undefined> {
    const record = this.#toStore.get(key)?.after ?? (await this.#stored(key));
    return record?.removed ? undefined : record;
  }

  /** The record of a key as the store has it, also of an entry that was removed, once what is declared of it is stored. In a turn. */
  async settled(key: string): Promise<FreerunEntryRecord | undefined> {
    const unstored = this.#toStore.get(key);
    if (unstored !== undefined) await this.write([unstored]);
    return this.#stored(key);
  }

  /** Entries as the store has them now, those that there are. In a turn. */
  async read(keys: readonly string[]): Promise<Map<string, LiveEntry>> {
    const unstored = keys.flatMap((key) => this.#toStore.get(key) ?? []);
    if (unstored.length > 0) await this.write(unstored);
    const entries = new Map<string, LiveEntry>();
    for (const [key, record] of await this.records(keys)) {
      const entry = this.#believe(key, record);
      if (entry !== undefined) entries.set(key, entry);
    }
    return entries;
  }

  /** The records of keys as the store has them; undefined where it has none. */
  async records(keys: readonly string[]): Promise<(readonly [string, FreerunEntryRecord | undefined])[]> {
    const found = await this.#records.getAll(keys.map(entryKeyOf));
    const byKey = new Map(found.map((record) => [keyOf(record), record]));
    return keys.map((key) => [key, byKey.get(key)] as const);
  }

  /** The entry of a record that was read: another may have changed it since it was planned. */
  #believe(key: string, record: FreerunEntryRecord | undefined): LiveEntry | undefined {
    const plan = this.#plans.get(key);
    if (plan === undefined) return undefined;
    if (record === undefined || record.removed) {
      this.#forget(key);
      return undefined;
    }
    const entry = liveOf(plan, record);
    if (plan.version !== record.version) this.set(key, entry);
    if (plan.on !== record.on || plan.trigger !== record.trigger) this.#tools.onMoved(key);
    return entry;
  }

  /** Writes changes in one commit and then believes them, in a turn. Throws CONFLICT when another scheduler was faster. */
  async write(
    changes: readonly EntryChange[],
    cause = causeOf(this.#tools.shared, 'scheduler'),
  ): Promise<void> {
    if (changes.length === 0) return;
    const writes = changes.map(({ before, after, event }) => entryChange(before, after, event));
    const outcomes = await this.#tools.turnLoop.commit(
      writes.map((write): WriteGroup => ({ cause, writes: [write] })),
    );
    const refused: string[] = [];
    for (const [i, { record }] of writes.entries()) {
      const key = keyOf(record);
      this.#toStore.delete(key);
      if (outcomes[i] === 'conflict' && !(await this.#isStored(record))) refused.push(key);
      else this.#written(key, changes[i]?.before, record);
    }
    if (refused.length === 0) return;
    await this.read(refused);
    throw new SynergyError(
      'CONFLICT',
      `freerun ${refused.length === 1 ? 'entry' : 'entries'} ${refused.join(', ')} changed meanwhile: look again, then try again`,
    );
  }

  #written(key: string, before: FreerunEntryRecord | undefined, record: FreerunEntryRecord): void {
    if (record.removed) return this.#forget(key);
    const plan = this.#plans.get(key);
    this.set(key, plan && before ? { ...liveOf(plan, before), record } : asStored(record));
  }

  /** Whether a change that meets another version was made before, and its answer lost. */
  async #isStored(record: FreerunEntryRecord): Promise<boolean> {
    return isDeepStrictEqual(await this.#stored(keyOf(record)), record);
  }

  async #stored(key: string): Promise<FreerunEntryRecord | undefined> {
    return (await this.#records.getAll([entryKeyOf(key)]))[0];
  }

  get #records() {
    return this.#tools.shared.store.collection(freerunSpec);
  }

  #forget(key: string): void {
    this.#plans.delete(key);
    this.#tools.onMoved(key);
  }
}

type Key = Pick<FreerunEntryRecord, 'processName' | 'entryName'>;

/** As the store lists them. */
const compareKeys = (a: Key, b: Key): number =>
  compare(a.processName, b.processName) || compare(a.entryName, b.entryName);

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
