import type { LiveEntry } from '../../../domain/freerun/entry.ts';
import { firingUow } from '../../../domain/freerun/firing.ts';
import type { Firing, FiringOrder } from '../../../domain/freerun/firing.ts';
import type { FreerunEntryRecord, UowRecord } from '../../../domain/model/record.ts';

/** 2026-01-01T08:00:00Z. */
export const EIGHT = Date.UTC(2026, 0, 1, 8);
export const HOUR = 3_600_000;

/** An entry that fires every hour and was seen to until eight. */
export const recordOf = (set: Partial<FreerunEntryRecord> = {}): FreerunEntryRecord => ({
  processName: 'Mail',
  entryName: 'daily',
  trigger: 'every 1h',
  arguments: {},
  on: true,
  overlap: 'skip',
  missed: 'last',
  description: '',
  origin: 'context',
  lastFiredAt: null,
  seenUntil: EIGHT,
  relatedUow: null,
  buffered: false,
  owedArguments: null,
  removed: false,
  version: 1,
  createdAt: 0,
  updatedAt: 0,
  ...set,
});

export const entryOf = (
  set: Partial<FreerunEntryRecord> = {},
  known: Partial<Omit<LiveEntry, 'record'>> = {},
): LiveEntry => ({ record: recordOf(set), missed: [], unit: 'open', isBehind: false, ...known });

/** A unit of the entry as it was written at eight, and what became of it. */
export const uowOf = (id: string, set: Partial<UowRecord> = {}): UowRecord => {
  const firing: Firing = { id, occasion: 'schedule', at: EIGHT, pass: 1, arguments: null, mayExist: false };
  const order: FiringOrder = { record: recordOf(), arguments: {}, now: EIGHT, ahead: 0 };
  return { ...firingUow(firing, order), ...set };
};
