import type { Clock } from '../domain/clock.ts';
import { SynergyError } from '../domain/errors.ts';
import type { DataStore, Replacement, TimeperiodRange } from '../db/store.ts';
import type { LogPosition } from './log-file.ts';

/** Collection of source rows: one request each, in the hour in which it was made. */
export const ACCESS = 'access';

/** Value of a row of `access`. */
export type AccessRow = {
  readonly host: string;
  readonly status: number;
  /** Bytes sent. */
  readonly size: number;
  readonly path: string;
};

/** What any filling of the source needs. */
export interface Collecting {
  readonly data: DataStore;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** A file as it lay there when it was read. */
export type FileMark = {
  /** Bytes. */
  readonly size: number;
  /** Instant of its last change, ms. */
  readonly changedAt: number;
  /** SHA-256 of its beginning and its end. */
  readonly print: string;
};

/** How far an access log was read. */
export type LogState = {
  readonly kind: 'log';
  /** Beginning of the first line, for people: what is read is told by `read`. */
  readonly firstLine: string;
  /** Lines read, the malformed ones included. */
  readonly lines: number;
  readonly malformed: number;
  /**
   * Where reading goes on: behind the last line that is ended by a line feed, so many lines and malformed ones from the
   * beginning. What came after it may be a part of a line.
   */
  readonly read: LogPosition & { readonly lines: number; readonly malformed: number };
  /** The file of which everything was read; null while there is more to read. */
  readonly complete: FileMark | null;
  /** It was complete before, and has grown since. */
  readonly isLate: boolean;
  /** Hours that got lines after the log had been complete before; jobs of theirs may have run without them. */
  readonly lateHours: readonly string[];
};

/** How the built-in stream was begun; with it, its past can be written again exactly. */
export type StreamState = {
  readonly kind: 'stream';
  /** First start, milliseconds since the epoch; what lies before was invented backwards. */
  readonly liveSince: number;
  /** Requests a minute before `liveSince`. */
  readonly pastRate: number;
};

/** Where the rows of `access` come from. */
export type SourceState = LogState | StreamState;

/** Every timeperiod there can be. */
export const ALL_TIME: TimeperiodRange = { start: '1970000000', end: '9999999999' };

/** Watermark of a log that was read to its end: no period is open again. End of year 9999, the last that timeperiods know. */
export const FOREVER = Date.UTC(9999, 11, 31);

const STATE = 'access_state';

/**
 * Declares that rows are still to come. Without a watermark a source counts as complete, and its empty hours would
 * be skipped: to be called before a worker reads it. Later calls change nothing.
 */
export const openSource = (data: DataStore): Promise<void> => data.setWatermark(ACCESS, 0);

/** Undefined while nothing was ever collected. */
export const readSourceState = async (data: DataStore): Promise<SourceState | undefined> => {
  const [document] = await data.documents(STATE, ALL_TIME);
  return document?.value as SourceState | undefined;
};

/** What puts a state in the place of the one before. */
export const stateReplacement = (state: SourceState): Replacement => {
  // There is only one; its timeperiod means nothing.
  const timeperiod = ALL_TIME.start;
  return { collection: STATE, timeperiod, documents: [{ timeperiod, key: 'state', value: state }] };
};

/** Replaces what was written before. */
export const writeSourceState = (data: DataStore, state: SourceState): Promise<void> => {
  const { collection, timeperiod, documents } = stateReplacement(state);
  return data.replaceDocuments(collection, timeperiod, documents);
};

const FIRST_LINE_SHOWN = 80;

/** Refuses a source for a store that another one fills: their rows would mix. */
export const sourceConflict = (asked: string, holder: SourceState): SynergyError => {
  const held =
    holder.kind === 'stream'
      ? 'the built-in stream'
      : `an access log that begins ${JSON.stringify(holder.firstLine.slice(0, FIRST_LINE_SHOWN))}`;
  return new SynergyError(
    'CONFLICT',
    `${asked} cannot go into this store, which holds ${held}: expected the same source, grown at its end or not; use another data directory or 'synergy db reset'`,
  );
};
