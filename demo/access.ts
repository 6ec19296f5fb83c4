import type { Clock } from '../domain/clock.ts';
import { SynergyError } from '../domain/errors.ts';
import type { DataStore, TimeperiodRange } from '../db/store.ts';

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

/** How far an access log was read. */
export type LogState = {
  readonly kind: 'log';
  /** Beginning of the first line: tells one log from another, wherever the file lies and however it is packed. */
  readonly firstLine: string;
  /** Bytes of the file. */
  readonly fileSize: number;
  /** Lines read, the malformed ones included. */
  readonly lines: number;
  readonly malformed: number;
  readonly complete: boolean;
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

const STATE = 'access_state';

/**
 * Declares that rows are still to come. Without a watermark a source counts as complete, and its empty hours would
 * be skipped: to be called before anyone looks at it. Later calls change nothing.
 */
export const openSource = (data: DataStore): Promise<void> => data.setWatermark(ACCESS, 0);

/** Undefined while nothing was ever collected. */
export const readSourceState = async (data: DataStore): Promise<SourceState | undefined> => {
  const [document] = await data.documents(STATE, ALL_TIME);
  return document?.value as SourceState | undefined;
};

/** Replaces what was written before. */
export const writeSourceState = (data: DataStore, state: SourceState): Promise<void> => {
  // There is only one; its timeperiod means nothing.
  const timeperiod = ALL_TIME.start;
  return data.replaceDocuments(STATE, timeperiod, [{ timeperiod, key: 'state', value: state }]);
};

const FIRST_LINE_SHOWN = 80;

/** What stops a source from going into a store that another one fills: their rows would mix. */
export const sourceConflict = (asked: string, holder: SourceState): SynergyError => {
  const held =
    holder.kind === 'stream'
      ? 'the built-in stream'
      : `an access log that begins ${JSON.stringify(holder.firstLine.slice(0, FIRST_LINE_SHOWN))}`;
  return new SynergyError(
    'CONFLICT',
    `${asked} cannot go into this store, which holds ${held}: expected the same source; use another data directory or 'synergy db reset'`,
  );
};
