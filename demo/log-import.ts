import { plural } from '../domain/plural.ts';
import { current } from '../domain/time/timeperiod.ts';
import type { SourceRow } from '../db/store.ts';
import {
  ACCESS,
  ALL_TIME,
  FOREVER,
  openSource,
  readSourceState,
  sourceConflict,
  stateReplacement,
  writeSourceState,
} from './access.ts';
import type { AccessRow, Collecting, FileMark, LogState } from './access.ts';
import { isSameFile, markOf } from './file-mark.ts';
import { LONGEST_LINE, beginning, logLines, unreadable } from './log-file.ts';
import type { LogLines, ReadLine } from './log-file.ts';
import { parseLogLine, requestPath } from './log-line.ts';

/** What an import needs. */
export interface LogImport extends Collecting {
  readonly path: string;
}

const BATCH = 2000;
const PROGRESS_EVERY = 3000;
const MALFORMED_SHOWN = 5;
const SHOWN_LENGTH = 200;
const IDENTITY_LENGTH = 500;
/** Hours with late lines that are remembered. */
const MOST_LATE = 1000;

const nothing: LogState = {
  kind: 'log',
  firstLine: '',
  lines: 0,
  malformed: 0,
  read: { ...beginning, lines: 0, malformed: 0 },
  complete: null,
  isLate: false,
  lateHours: [],
};

/** Row of a line; undefined when the line is malformed. The id is the line's number, so a second import adds nothing. */
const rowOf = ({ text, isTooLong }: ReadLine, number: number): SourceRow | undefined => {
  const entry = isTooLong ? undefined : parseLogLine(text);
  if (entry === undefined) return undefined;
  const { host, status, size } = entry;
  const value: AccessRow = { host, status, size, path: requestPath(entry.request) };
  return { id: number, timeperiod: current('hourly', entry.at), value };
};

const tellMalformed = (job: LogImport, { text, isTooLong }: ReadLine, number: number): void => {
  const why = isTooLong ? ` (longer than ${LONGEST_LINE} bytes)` : '';
  job.log(`line ${number} is malformed${why}: ${JSON.stringify(text.slice(0, SHOWN_LENGTH))}`);
};

const lateHoursOf = ({ isLate, lateHours }: LogState, rows: readonly SourceRow[]): readonly string[] => {
  if (!isLate) return lateHours;
  return [...new Set([...lateHours, ...rows.map(({ timeperiod }) => timeperiod)])].sort().slice(-MOST_LATE);
};

/** Says so when a line that was read before its end was written has become another row, which cannot be replaced. */
const checkOpenLine = async (job: LogImport, state: LogState, row: SourceRow | undefined): Promise<void> => {
  if (row === undefined || state.lines === state.read.lines) return;
  const [known] = await job.data.rows(ACCESS, ALL_TIME, { from: row.id, to: row.id }, 1);
  if (known === undefined || JSON.stringify(known.value) === JSON.stringify(row.value)) return;
  job.log(`line ${row.id} had been read before its end was written, and counts as it was read then`);
};

/** Appends the rows of some lines, and with them the state after them, which it returns. */
const take = async (job: LogImport, state: LogState, batch: LogLines): Promise<LogState> => {
  const rows: SourceRow[] = [];
  const { lines: before } = state.read;
  let { malformed } = state.read;
  const [first = { text: '' }] = batch.lines;
  for (const [index, line] of batch.lines.entries()) {
    const row = rowOf(line, before + index + 1);
    if (row !== undefined) rows.push(row);
    else if (++malformed <= MALFORMED_SHOWN) tellMalformed(job, line, before + index + 1);
    if (index === 0) await checkOpenLine(job, state, row);
  }
  const lines = before + batch.lines.length;
  const after: LogState = {
    ...state,
    firstLine: before === 0 ? first.text.slice(0, IDENTITY_LENGTH) : state.firstLine,
    lines,
    malformed,
    read: batch.isOpen ? state.read : { ...batch.position(), lines, malformed },
    lateHours: lateHoursOf(state, rows),
  };
  await job.data.appendRows(ACCESS, rows, stateReplacement(after));
  return after;
};

/** Lines of a file in batches of at least `BATCH`; the last may have fewer, and a line that no line feed ends is one of its own. */
async function* batches(pieces: AsyncIterable<LogLines>): AsyncGenerator<LogLines> {
  let batch: LogLines | undefined;
  for await (const piece of pieces) {
    if (piece.isOpen) {
      if (batch !== undefined) yield batch;
      batch = piece;
      continue;
    }
    batch = { ...piece, lines: [...(batch?.lines ?? []), ...piece.lines] };
    if (batch.lines.length < BATCH) continue;
    yield batch;
    batch = undefined;
  }
  if (batch !== undefined) yield batch;
}

/** Reads the file from where `known` ends to its end; undefined when interrupted. */
const readOn = async (job: LogImport, known: LogState): Promise<LogState | undefined> => {
  const other = () => sourceConflict(`access log '${job.path}'`, known);
  let state = known;
  let told = job.clock.now();
  const { path, signal, log: warn } = job;
  const pieces = logLines({ path, from: known.read, other, warn, signal });
  for await (const batch of batches(pieces)) {
    if (job.signal.aborted) return undefined;
    // A line that was read before its end was written is not part of the text that was compared.
    if (state.read.lines === 0 && batch.lines[0]?.text.startsWith(known.firstLine) !== true) throw other();
    state = await take(job, state, batch);
    if (job.clock.now() - told < PROGRESS_EVERY) continue;
    told = job.clock.now();
    job.log(`${job.path}: ${plural(state.lines, 'line')} so far, ${state.malformed} malformed`);
  }
  if (job.signal.aborted) return undefined;
  // The last line, which no line feed ended, is gone.
  if (state === known && known.lines > known.read.lines) throw other();
  return state;
};

/** Marks a file. Throws `SOURCE_UNREADABLE`. */
const mark = (path: string): Promise<FileMark> =>
  markOf(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });

/** The state of this store's log. Throws `CONFLICT` when the stream fills it. */
const knownState = async ({
  data,
  path,
}: Pick<LogImport, 'data' | 'path'>): Promise<LogState | undefined> => {
  const known = await readSourceState(data);
  if (known?.kind === 'stream') throw sourceConflict(`access log '${path}'`, known);
  return known;
};

const isRead = (known: LogState | undefined, file: FileMark): known is LogState & { complete: FileMark } =>
  known !== undefined && known.complete !== null && isSameFile(known.complete, file);

/**
 * To be called before jobs are looked at: where the log has changed since it was read, the source is not complete
 * until it is read again, so that nothing is computed without what is new. Throws `CONFLICT` when the stream fills the
 * store, and `SOURCE_UNREADABLE`.
 */
export const openLog = async (job: Pick<LogImport, 'data' | 'path'>): Promise<void> => {
  await openSource(job.data);
  const file = await mark(job.path);
  if (isRead(await knownState(job), file)) return;
  await job.data.lowerWatermark(ACCESS, 0);
  // An import that ended meanwhile had raised it for good.
  if (isRead(await knownState(job), file)) await job.data.setWatermark(ACCESS, FOREVER);
};

/**
 * Reads an access log into `access`, row id = line number, and declares the source complete at its end. Begun again
 * after any interruption it ends in the same rows and counts; of a log that has grown it reads what is new, and the
 * source is not complete meanwhile. Malformed lines are counted and named in the log. Throws `SOURCE_UNREADABLE`, and
 * `CONFLICT` when the store holds rows of another source, or of a log that began otherwise.
 */
export const importLog = async (job: LogImport): Promise<void> => {
  await openSource(job.data);
  // Before reading: what is added meanwhile makes it another file.
  const file = await mark(job.path);
  const known = await knownState(job);
  let state: LogState | undefined = known;
  if (!isRead(known, file)) {
    const isLate = known !== undefined && (known.isLate || known.complete !== null);
    const begun = { ...nothing, ...known, complete: null, isLate };
    if (known !== undefined) {
      await job.data.lowerWatermark(ACCESS, 0);
      await writeSourceState(job.data, begun);
    }
    state = await readOn(job, begun);
    if (state === undefined) return;
    // The counts first: they are there for everyone who waits for the watermark.
    await writeSourceState(job.data, { ...state, complete: file });
  }
  await job.data.setWatermark(ACCESS, FOREVER);
  job.log(
    `${job.path}: ${plural(state?.lines ?? 0, 'line')}, ${state?.malformed ?? 0} malformed; the log is complete`,
  );
};
