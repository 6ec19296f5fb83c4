import type { FreerunEntryRecord, UowRecord } from '../domain/model/record.ts';
import { freshUnit } from './step.ts';

/** Name of an entry among all. */
export const entryKey = (processName: string, entryName: string): string => `${processName}:${entryName}`;

const stamp = (instant: number): string => new Date(instant).toISOString().replace(/\D/g, '').slice(0, 14);

/** What a unit of work of an entry is made from; instants in ms. */
export interface FreerunOrder {
  readonly record: FreerunEntryRecord;
  readonly at: number;
  readonly sequence: number;
  readonly now: number;
  readonly arguments: UowRecord['arguments'];
}

/** A unit of work for one firing of an entry; its id tells the planned instant. */
export const freerunUnit = ({ record, at, sequence, now, arguments: args }: FreerunOrder): UowRecord => ({
  id: `${entryKey(record.processName, record.entryName)}/${stamp(at)}#${sequence}`,
  kind: 'freerun',
  processName: record.processName,
  entryName: record.entryName,
  timeperiod: stamp(at),
  sequence,
  startTimeperiod: stamp(at),
  endTimeperiod: stamp(at),
  startId: null,
  endId: null,
  source: null,
  sink: null,
  arguments: args,
  createdAt: now,
  submittedAt: now,
  ...freshUnit,
});
