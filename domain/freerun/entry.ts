import { isUowFinished } from '../machine/transition.ts';
import type { JsonObject } from '../model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../model/record.ts';
import { isQuarantined } from '../timetable/standing.ts';
import { runsBeside } from './overlap.ts';

/** What the scheduler knows of a freerun entry as it decides about it: its record as it is stored now, and what memory adds. */
export interface LiveEntry {
  readonly record: FreerunEntryRecord;
  /** Planned instants of firings to be made up for one after another, oldest first; ms. */
  readonly missed: readonly number[];
  /** Of its last unit, which the record names: `ended` once a report said so, or when there was none; else `open`. */
  readonly unit: 'open' | 'ended';
  /** A firing failed, with an outcome that is unknown: what was missed since the entry was last seen to is to be found anew. */
  readonly isBehind: boolean;
}

/**
 * What the scheduler keeps of each entry in memory: what its alarm and reports of its unit are seen to by. The record is
 * read when the entry fires. There may be hundreds of thousands, so that each field counts.
 */
export interface PlannedEntry {
  /** Of the record from which this is; -1 while that may be another one. */
  readonly version: number;
  readonly on: boolean;
  readonly trigger: string;
  /** Its units may run beside each other. */
  readonly runsBeside: boolean;
  readonly buffered: boolean;
  /** Its last unit, unless that is known to have ended. */
  readonly openUow: string | null;
  readonly missed: readonly number[];
  readonly isBehind: boolean;
}

/** One for all entries that missed nothing. */
const none: readonly number[] = [];

/** An entry as it is read when nothing is known of it but its record. */
export const asStored = (record: FreerunEntryRecord): LiveEntry => ({
  record,
  missed: none,
  unit: record.relatedUow === null ? 'ended' : 'open',
  isBehind: false,
});

/** What is kept of an entry; with the text of its trigger as it is in memory already. */
export const planOf = (
  { record, missed, unit, isBehind }: LiveEntry,
  trigger: string = record.trigger,
): PlannedEntry => ({
  version: record.version,
  on: record.on,
  trigger: trigger === record.trigger ? trigger : record.trigger,
  runsBeside: runsBeside(record.overlap),
  buffered: record.buffered,
  openUow: unit === 'ended' ? null : record.relatedUow,
  missed: missed.length === 0 ? none : missed,
  isBehind,
});

/** The entry of a record that was read. Another scheduler may have fired it since it was planned. */
export const liveOf = (plan: PlannedEntry, record: FreerunEntryRecord): LiveEntry => ({
  record,
  missed: plan.missed,
  unit: plan.openUow === null && plan.version === record.version ? 'ended' : 'open',
  isBehind: plan.isBehind,
});

/** The entry after its change met another one: what the store has of it and of its units is to be looked at. */
export const inDoubt = (plan: PlannedEntry): PlannedEntry => ({ ...plan, version: -1 });

/** The entry after a firing that failed, with an outcome that is unknown: it is caught up with, as after an absence. */
export const fallenBehind = (plan: PlannedEntry): PlannedEntry => ({
  ...inDoubt(plan),
  missed: none,
  isBehind: true,
});

/** What happens to an entry and may make it fire. */
export type FiringRequest =
  /** An instant of its schedule has come, or is about to. */
  | { readonly kind: 'due'; readonly at: number }
  /** A user asks for a firing, with arguments over those of the entry or none. */
  | { readonly kind: 'by-hand'; readonly commandId: string; readonly arguments: JsonObject | null }
  /** Its last unit may have ended, and a firing may wait for that. */
  | { readonly kind: 'unit-ended' };

/** Whether a firing waits for the end of the last unit, or may have been missed. */
export const isWaiting = ({ buffered, missed, isBehind }: PlannedEntry): boolean =>
  buffered || missed.length > 0 || isBehind;

/** Whether nothing is known to be in the way of the next firing, which may then be prepared ahead of its instant. */
export const isFree = (plan: PlannedEntry): boolean =>
  !isWaiting(plan) && plan.version !== -1 && (plan.openUow === null || plan.runsBeside);

/** Ended, or for a person to release or cancel: a firing that waits for its end may follow. */
export const hasEndedOrIsHeld = (uow: Pick<UowRecord, 'state' | 'retryAt'>): boolean =>
  isUowFinished(uow.state) || isQuarantined(uow);

/** The entry after a report on a unit of work. */
export const afterReport = (plan: PlannedEntry, uow: Pick<UowRecord, 'id' | 'state'>): PlannedEntry =>
  uow.id === plan.openUow && isUowFinished(uow.state) ? { ...plan, openUow: null } : plan;

/** The entry after the clock was set back to `now`, ms: what it missed later than that comes again by itself. */
export const afterSetBack = (plan: PlannedEntry, now: number): PlannedEntry => ({
  ...plan,
  missed: plan.missed.filter((at) => at <= now),
});
