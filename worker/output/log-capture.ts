import type { Clock } from '../../domain/clock.ts';
import type { LogRecord } from '../../domain/model/record.ts';

type Stream = LogRecord['stream'];

export interface LogCaptureOptions {
  readonly parentId: string;
  readonly attempt: number;
  /** Sequence number of the first line; above all of earlier runs. */
  readonly firstSequence: number;
  /** Bytes, newlines included. Of an output beyond it the beginning and the end are kept, and a line says what was dropped. */
  readonly limit: number;
  readonly clock: Clock;
  readonly append: (records: readonly LogRecord[]) => void;
}

/** Characters; longer lines are kept in pieces. */
const LONGEST_LINE = 16_384;
/** Bytes kept of the end of an output beyond its limit: that is where its error stands. */
const LONGEST_TAIL = 65_536;

const linesOf = (text: string): string[] =>
  (text.endsWith('\n') ? text.slice(0, -1) : text)
    .split('\n')
    .flatMap((line) => (line.length <= LONGEST_LINE ? line : (line.match(/.{1,16384}/gsu) ?? [])));

type Line = Pick<LogRecord, 'at' | 'stream' | 'line'>;

/** Bytes of a line with its newline. */
const sizeOf = ({ line }: Line): number => Buffer.byteLength(line) + 1;

/** Holds the last lines pushed. */
const createTail = () => {
  let held: Line[] = [];
  let first = 0;
  let bytes = 0;
  let dropped = { lines: 0, bytes: 0 };

  const dropOldest = (): void => {
    const size = sizeOf(held[first++] as Line);
    bytes -= size;
    dropped = { lines: dropped.lines + 1, bytes: dropped.bytes + size };
    if (first * 2 <= held.length) return;
    held = held.slice(first);
    first = 0;
  };
  return {
    isUsed: () => held.length > 0 || dropped.lines > 0,
    hasDropped: () => dropped.lines > 0,
    /** `room`: bytes that may be held; the oldest lines go for the newest. */
    push(line: Line, room: number): void {
      held.push(line);
      bytes += sizeOf(line);
      while (bytes > room) dropOldest();
    },
    /** Lines held and their bytes, and what was dropped before them; forgets all of it. */
    empty() {
      const content = { lines: held.slice(first), bytes, dropped };
      held = [];
      first = 0;
      bytes = 0;
      dropped = { lines: 0, bytes: 0 };
      return content;
    },
  };
};

/** Captures the output of one run, line by line. */
export const createLogCapture = (options: LogCaptureOptions) => {
  const { parentId, attempt, limit, clock } = options;
  const tailBytes = Math.min(LONGEST_TAIL, Math.floor(limit / 4));
  const tail = createTail();
  let sequence = options.firstSequence;
  let left = limit;
  let ended = false;
  const append = (lines: readonly Line[]): void =>
    options.append(lines.map((line) => ({ parentId, sequence: sequence++, attempt, ...line })));
  const say = (text: string): void =>
    append(linesOf(text).map((line) => ({ at: clock.now(), stream: 'log', line })));
  const take = (line: Line): void => {
    if (!tail.isUsed() && sizeOf(line) <= left - tailBytes) {
      left -= sizeOf(line);
      return append([line]);
    }
    const isFirst = !tail.hasDropped();
    tail.push(line, left);
    if (isFirst && tail.hasDropped())
      say(
        `log capped at ${limit} bytes: of what follows only the end is kept, and shown when the run has ended`,
      );
  };
  const release = (): void => {
    const { lines, bytes, dropped } = tail.empty();
    left -= bytes;
    if (dropped.lines > 0) say(`dropped here, lines: ${dropped.lines}, bytes: ${dropped.bytes}`);
    append(lines);
  };

  return {
    /** Text of one or several lines; counts against the limit. */
    write: (stream: Stream, text: string): void => {
      if (!ended) for (const line of linesOf(text)) take({ at: clock.now(), stream, line });
    },
    /** What the worker itself has to say about the run, such as a stack; never dropped. */
    note: (text: string): void => {
      release();
      say(text.slice(0, LONGEST_LINE));
    },
    /** Hands on the last lines, which may have been held back to keep within the limit. What is written later is not kept. */
    end: (): void => {
      release();
      ended = true;
    },
  };
};

export type LogCapture = ReturnType<typeof createLogCapture>;
