import { entryKeyText, freshUow } from '../model/entity.ts';
import type { JsonObject } from '../model/process.ts';
import type { FreerunEntryRecord, UowRecord } from '../model/record.ts';
import { passOf } from '../schedule/replay.ts';
import type { Replay } from '../schedule/replay.ts';
import { parseSchedule } from '../schedule/schedule.ts';
import type { FiringRequest, LiveEntry } from './entry.ts';

/** How a firing came about: by the schedule on its instant or after that was missed, by a user, or owed by `buffer-one`. */
export type Occasion = 'schedule' | 'missed' | 'by-hand' | 'owed';

/** One firing of an entry, to which one unit of work belongs. */
export interface Firing {
  /**
   * Id of its unit. A scheduler that takes a firing up again after a crash makes the same id, so that no firing gets two
   * units.
   */
  readonly id: string;
  readonly occasion: Occasion;
  /** The planned instant, that of the command, or that from which it is owed; ms. */
  readonly at: number;
  /** Which time the instant comes: above 1 where an entry fires again, since the clock was set back. */
  readonly pass: number;
  /** Of this firing alone, over those of the entry; null: none. */
  readonly arguments: JsonObject | null;
  /** Its unit may exist although the entry does not say so. */
  readonly mayExist: boolean;
}

/** Time of the timetable, ms, and what of it comes again. */
export interface FiringTime {
  readonly now: number;
  readonly replay: Replay | undefined;
}

const digits = (instant: number): string => new Date(instant).toISOString().replace(/\D/g, '');

/** Id of the unit of work of a firing planned for an instant (ms), and of the run of it, as a number or in words. */
export const firingId = (entryKey: string, at: number, run: string | number): string =>
  `${entryKey}/${digits(at).replace(/000$/, '')}#${run}`;

const firingOf = (
  { processName, entryName, trigger, owedArguments }: FreerunEntryRecord,
  occasion: Exclude<Occasion, 'by-hand'>,
  { at, replay }: { at: number; replay: Replay | undefined },
): Firing => {
  const comesAgain = passOf(at, replay) > 1;
  // A fixed time comes once: its unit of the first time is found by its id.
  const pass = comesAgain && parseSchedule(trigger).isFixed ? 1 : passOf(at, replay);
  const run = occasion === 'owed' ? `owed${pass === 1 ? '' : `-${pass}`}` : pass;
  const id = firingId(entryKeyText(processName, entryName), at, run);
  const args = occasion === 'owed' ? owedArguments : null;
  // One that was missed may have fired before the scheduler died, while an earlier one was still to be made up for.
  return { id, occasion, at, pass, arguments: args, mayExist: comesAgain || occasion !== 'schedule' };
};

/** The firing that an event asks for; undefined when it asks for none. A user may fire an entry that is off. */
export const firingFor = (
  { record, missed: [missed] }: LiveEntry,
  event: FiringRequest,
  { now, replay }: FiringTime,
): Firing | undefined => {
  if (event.kind === 'by-hand') {
    const id = `${entryKeyText(record.processName, record.entryName)}/by-hand#${event.commandId}`;
    return { id, occasion: 'by-hand', at: now, pass: 1, arguments: event.arguments, mayExist: true };
  }
  if (!record.on) return undefined;
  if (event.kind === 'due') return firingOf(record, 'schedule', { at: event.at, replay });
  if (record.buffered) return firingOf(record, 'owed', { at: record.lastFiredAt ?? now, replay });
  return missed === undefined ? undefined : firingOf(record, 'missed', { at: missed, replay });
};

/** What a unit of work of a firing is made from, beside that. */
export interface FiringOrder {
  readonly record: Pick<FreerunEntryRecord, 'processName' | 'entryName'>;
  readonly arguments: UowRecord['arguments'];
  /** Instant, ms. */
  readonly now: number;
  /** Milliseconds from now to the planned instant, 0 once that has passed. */
  readonly ahead: number;
}

/** The unit of work of a firing. */
export const firingUow = (
  { id, at, pass }: Pick<Firing, 'id' | 'at' | 'pass'>,
  order: FiringOrder,
): UowRecord => {
  const timeperiod = digits(at).slice(0, 14);
  return {
    id,
    kind: 'freerun',
    processName: order.record.processName,
    entryName: order.record.entryName,
    timeperiod,
    sequence: pass,
    startTimeperiod: timeperiod,
    endTimeperiod: timeperiod,
    startId: null,
    endId: null,
    source: null,
    sink: null,
    arguments: order.arguments,
    createdAt: order.now,
    submittedAt: order.now,
    notBefore: order.ahead > 0 ? order.now + order.ahead : null,
    ...freshUow,
  };
};
