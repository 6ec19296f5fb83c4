import { isUowFinished } from '../../domain/machine/transition.ts';
import type { FreerunEntryRecord, UowRecord } from '../../domain/model/record.ts';
import { freshUnit } from '../engine/job-update.ts';

/** Name of an entry among all. */
export const entryKey = (processName: string, entryName: string): string => `${processName}:${entryName}`;

const digits = (instant: number): string => new Date(instant).toISOString().replace(/\D/g, '');
const stamp = (instant: number): string => digits(instant).slice(0, 14);

/** How a firing came about: by the schedule, by a user's command, or owed since the last unit was in its way. */
export type Occasion =
  { readonly by: 'schedule' } | { readonly by: 'hand'; readonly commandId: string } | { readonly by: 'owed' };

/** A firing of an entry; `at` is the planned instant, that of the command, or that from which it is owed, ms. */
export interface PlannedFiring {
  readonly record: FreerunEntryRecord;
  readonly at: number;
  readonly occasion: Occasion;
  /** Which time the instant comes: above 1 where an entry fires again, since the clock was set back. */
  readonly pass: number;
}

/**
 * Id of a firing's unit of work. A scheduler that resumes a firing after a crash makes the same id, so that no firing
 * gets two units.
 */
export const freerunUnitId = ({ record, at, occasion, pass }: PlannedFiring): string => {
  const key = entryKey(record.processName, record.entryName);
  switch (occasion.by) {
    case 'schedule':
      return `${key}/${digits(at).replace(/000$/, '')}#${pass}`;
    case 'hand':
      return `${key}/by-hand#${occasion.commandId}`;
    case 'owed':
      return `${key}/${digits(at).replace(/000$/, '')}#owed${pass === 1 ? '' : `-${pass}`}`;
  }
};

/** What a unit of work of an entry is made from. */
export interface FreerunOrder extends PlannedFiring {
  /** Instant, ms. */
  readonly now: number;
  /** Milliseconds from now to the planned instant, 0 once that has passed. */
  readonly ahead: number;
  readonly arguments: UowRecord['arguments'];
}

/** A unit of work for one firing of an entry. */
export const freerunUnit = ({ now, ahead, arguments: args, ...firing }: FreerunOrder): UowRecord => {
  const { record, at, pass } = firing;
  return {
    id: freerunUnitId(firing),
    kind: 'freerun',
    processName: record.processName,
    entryName: record.entryName,
    timeperiod: stamp(at),
    sequence: pass,
    startTimeperiod: stamp(at),
    endTimeperiod: stamp(at),
    startId: null,
    endId: null,
    source: null,
    sink: null,
    arguments: args,
    createdAt: now + ahead,
    submittedAt: now,
    ...freshUnit,
  };
};

/** Ended, or for a person to release or cancel. */
export const isOutOfTheWay = (uow: UowRecord): boolean =>
  isUowFinished(uow.state) || (uow.state === 'INVALID' && uow.retryAt === null);
