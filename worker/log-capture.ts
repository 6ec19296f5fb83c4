import type { Clock } from '../domain/clock.ts';
import type { LogRecord } from '../domain/model/record.ts';

/** Captured output of one run, line by line. */
export interface LogCapture {
  /** Text of one or several lines; counts against the limit. */
  write(stream: LogRecord['stream'], text: string): void;
  /** What the worker itself has to say about the run, such as a stack; never dropped. */
  note(text: string): void;
}

export interface LogCaptureOptions {
  readonly parentId: string;
  readonly attempt: number;
  /** Sequence number of the first line; above all of earlier runs. */
  readonly firstSequence: number;
  /** Bytes, newlines included; what goes beyond is dropped, and a line says so. */
  readonly limit: number;
  readonly clock: Clock;
  readonly append: (records: readonly LogRecord[]) => void;
}

const LONGEST_NOTE = 16_384;

/** So many bytes of the text as are whole characters. */
const clip = (text: string, bytes: number): string =>
  Buffer.from(text)
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD$/, '');

const linesOf = (text: string): string[] => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');

export const createLogCapture = (options: LogCaptureOptions): LogCapture => {
  const { parentId, attempt, limit, clock, append } = options;
  let sequence = options.firstSequence;
  let left = limit;
  let capped = false;
  const record = (stream: LogRecord['stream'], line: string): LogRecord => ({
    parentId,
    sequence: sequence++,
    attempt,
    at: clock.now(),
    stream,
    line,
  });
  const fit = (stream: LogRecord['stream'], line: string): LogRecord[] => {
    const bytes = Buffer.byteLength(line) + 1;
    if (capped) return [];
    if (bytes <= left) {
      left -= bytes;
      return [record(stream, line)];
    }
    capped = true;
    const start = clip(line, left);
    const kept = start === '' ? [] : [record(stream, start)];
    return [...kept, record('log', `log capped at ${limit} bytes: what followed was dropped`)];
  };

  return {
    write(stream, text) {
      if (!capped) append(linesOf(text.slice(0, left + 1)).flatMap((line) => fit(stream, line)));
    },
    note: (text) => append(linesOf(text.slice(0, LONGEST_NOTE)).map((line) => record('log', line))),
  };
};
