import { stat } from 'node:fs/promises';
import { current } from '../domain/time/timeperiod.ts';
import type { SourceRow } from '../db/store.ts';
import { ACCESS, openSource, readSourceState, sourceConflict, writeSourceState } from './access.ts';
import type { AccessRow, Collecting, LogState } from './access.ts';
import { logLines } from './log-file.ts';
import { parseLogLine, requestPath } from './log-line.ts';

/** What an import needs. */
export interface LogImport extends Collecting {
  readonly path: string;
}

/** The file is all there is: no period is ever open again. End of year 9999, the last that timeperiods know. */
const FOREVER = Date.UTC(9999, 11, 31);
const BATCH = 2000;
const PROGRESS_EVERY = 3000;
const MALFORMED_SHOWN = 5;
const SHOWN_LENGTH = 200;
const IDENTITY_LENGTH = 500;

/** Claims the store for this log: the state to begin with, or the finished one when this very file was read to its end before. */
const begin = async ({ path, data }: LogImport, firstLine: string): Promise<LogState> => {
  const identity = firstLine.slice(0, IDENTITY_LENGTH);
  const { size } = await stat(path);
  const known = await readSourceState(data);
  if (known?.kind === 'stream' || (known !== undefined && known.firstLine !== identity)) {
    throw sourceConflict(`access log '${path}'`, known);
  }
  if (known?.complete === true && known.fileSize === size) return known;
  const none = { lines: 0, malformed: 0, complete: false };
  const state: LogState = { kind: 'log', firstLine: identity, fileSize: size, ...none };
  await writeSourceState(data, state);
  return state;
};

/** Row of a line; undefined when the line is malformed. The id is the line's number, so a second import adds nothing. */
const rowOf = (line: string, number: number): SourceRow | undefined => {
  const entry = parseLogLine(line);
  if (entry === undefined) return undefined;
  const { host, status, size } = entry;
  const value: AccessRow = { host, status, size, path: requestPath(entry.request) };
  return { id: number, timeperiod: current('hourly', entry.at), value };
};

/** Appends the rows of some lines and returns the state after them. */
const take = async (job: LogImport, state: LogState, lines: readonly string[]): Promise<LogState> => {
  const rows: SourceRow[] = [];
  let { lines: number, malformed } = state;
  for (const line of lines) {
    number++;
    const row = rowOf(line, number);
    if (row === undefined) {
      malformed++;
      if (malformed <= MALFORMED_SHOWN)
        job.log(`line ${number} is malformed: ${JSON.stringify(line.slice(0, SHOWN_LENGTH))}`);
    } else {
      rows.push(row);
    }
  }
  if (rows.length > 0) await job.data.appendRows(ACCESS, rows);
  return { ...state, lines: number, malformed };
};

/** Lines of a file in batches of at least `BATCH`, but for the last. */
async function* batches(path: string): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const lines of logLines(path)) {
    batch = batch.concat(lines);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** Reads the file to its end; undefined when interrupted. */
const readAll = async (job: LogImport): Promise<LogState | undefined> => {
  let state: LogState | undefined;
  let told = job.clock.now();
  for await (const lines of batches(job.path)) {
    if (job.signal.aborted) return undefined;
    state ??= await begin(job, lines[0] ?? '');
    if (state.complete) return state;
    state = await take(job, state, lines);
    if (job.clock.now() - told < PROGRESS_EVERY) continue;
    told = job.clock.now();
    await writeSourceState(job.data, state);
    job.log(`${job.path}: ${state.lines} lines so far, ${state.malformed} malformed`);
  }
  return state;
};

/**
 * Reads an access log into `access`, row id = line number, and declares the source complete at its end. Begun
 * again after any interruption it ends in the same rows and counts. Malformed lines are counted and named in the
 * log. Throws `SOURCE_UNREADABLE`, and `CONFLICT` when the store holds rows of another source.
 */
export const importLog = async (job: LogImport): Promise<void> => {
  await openSource(job.data);
  const state = await readAll(job);
  if (state === undefined) return;
  // The counts first: whoever waits for the watermark finds them complete.
  await writeSourceState(job.data, { ...state, complete: true });
  await job.data.setWatermark(ACCESS, FOREVER);
  job.log(`${job.path}: ${state.lines} lines, ${state.malformed} malformed; the log is complete`);
};
