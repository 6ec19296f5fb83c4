import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { SynergyError } from '../domain/errors.ts';
import { gunzipFile, isGzip } from './gzip-file.ts';

/** A longer line is malformed: no server writes one, and a file without line breaks must not end up in memory. */
export const LONGEST_LINE = 65_536;
/** What is kept of a longer line, to show it. */
const SHOWN = 200;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** A line of a log, without its end. */
export interface ReadLine {
  /** Its beginning alone where it is too long. */
  readonly text: string;
  readonly isTooLong: boolean;
}

/** A place between two lines of a text, and what comes before it. */
export type LogPosition = {
  /** Bytes of the text before it, unpacked. */
  readonly bytes: number;
  /** SHA-256 of them. */
  readonly digest: string;
};

/** Some lines of a log. */
export interface LogLines {
  readonly lines: readonly ReadLine[];
  /** Behind the last line that is ended by a line feed. */
  readonly position: () => LogPosition;
  /** The last of them is the end of the file, with no line feed behind it. */
  readonly isOpen: boolean;
}

/** An access log that cannot be read, and why. */
export const unreadable = (path: string, cause: unknown): SynergyError =>
  new SynergyError(
    'SOURCE_UNREADABLE',
    `access log '${path}' cannot be read: ${cause instanceof Error ? cause.message : String(cause)}; expected a text or gzip file in Common or Combined Log Format`,
    { cause },
  );

async function* bytesOf(path: string, warn: (text: string) => void): AsyncGenerator<Buffer> {
  try {
    yield* (await isGzip(path)) ? gunzipFile(path, warn) : (createReadStream(path) as AsyncIterable<Buffer>);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Puts lines together from pieces of them. */
const createLineBuilder = (isFirst: boolean) => {
  let pieces: Buffer[] = [];
  let length = 0;
  let atStart = isFirst;
  const end = (): ReadLine => {
    const whole = Buffer.concat(pieces);
    const bytes = whole.at(-1) === CARRIAGE_RETURN ? whole.subarray(0, -1) : whole;
    const isTooLong = length > LONGEST_LINE;
    const text = bytes.toString('utf8', 0, isTooLong ? SHOWN : bytes.length);
    // A byte-order mark tells of the file, and belongs to no line.
    const line = { text: atStart ? text.replace(/^\uFEFF/, '') : text, isTooLong };
    [pieces, length, atStart] = [[], 0, false];
    return line;
  };
  return {
    add: (piece: Buffer): void => {
      // One byte more than allowed tells that it is too long.
      if (length <= LONGEST_LINE && piece.length > 0)
        pieces.push(piece.subarray(0, LONGEST_LINE + 1 - length));
      length += piece.length;
    },
    end,
    isEmpty: (): boolean => length === 0,
  };
};

/** Follows the text: how much of it there was up to the last line feed, and its digest. */
const createFollower = () => {
  const hash = createHash('sha256');
  let ended: { readonly bytes: number; readonly hash: Hash } = { bytes: 0, hash: hash.copy() };
  let bytes = 0;
  return {
    add: (chunk: Buffer): void => {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      hash.update(chunk.subarray(0, end));
      if (end > 0) ended = { bytes: bytes + end, hash: hash.copy() };
      hash.update(chunk.subarray(end));
      bytes += chunk.length;
    },
    position: (): (() => LogPosition) => {
      const { bytes: before, hash: upTo } = ended;
      return () => ({ bytes: before, digest: upTo.copy().digest('hex') });
    },
  };
};

const linesOf = (chunk: Buffer, builder: ReturnType<typeof createLineBuilder>): ReadLine[] => {
  const lines: ReadLine[] = [];
  let from = 0;
  for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
    builder.add(chunk.subarray(from, end));
    lines.push(builder.end());
    from = end + 1;
  }
  // A copy: what is kept of a line must not keep all of its chunk.
  builder.add(Buffer.from(chunk.subarray(from)));
  return lines;
};

/** What is read of a log, and what is told of it. */
export interface LogSource {
  readonly path: string;
  /** Lines before it are left out, after the text before it was found to be the same. */
  readonly from: LogPosition;
  /** Makes the error of a log whose text before `from` is another one. */
  readonly other: () => SynergyError;
  readonly warn: (text: string) => void;
  /** Reading ends when it aborts. */
  readonly signal: AbortSignal;
}

/** Passes over the text before a position, which must be the same; what is left of a chunk lies behind it. */
const createSkip = ({ from, other }: LogSource, follower: ReturnType<typeof createFollower>) => {
  let left = from.bytes;
  return {
    pass: (chunk: Buffer): Buffer => {
      if (left === 0) return chunk;
      const passed = chunk.subarray(0, left);
      follower.add(passed);
      left -= passed.length;
      if (left === 0 && follower.position()().digest !== from.digest) throw other();
      return chunk.subarray(passed.length);
    },
    end: (): void => {
      if (left > 0) throw other();
    },
  };
};

/** The beginning of a text, as a position. */
export const beginning: LogPosition = { bytes: 0, digest: createHash('sha256').digest('hex') };

/**
 * The lines of a text file, plain or gzipped, a few hundred at a time and in constant memory whatever the size of the
 * file or of a line. Throws `SOURCE_UNREADABLE`, and what `other` makes.
 */
export async function* logLines(source: LogSource): AsyncGenerator<LogLines> {
  const follower = createFollower();
  const builder = createLineBuilder(source.from.bytes === 0);
  const skip = createSkip(source, follower);
  for await (const chunk of bytesOf(source.path, source.warn)) {
    if (source.signal.aborted) return;
    const rest = skip.pass(chunk);
    follower.add(rest);
    const lines = linesOf(rest, builder);
    if (lines.length > 0) yield { lines, position: follower.position(), isOpen: false };
  }
  skip.end();
  if (!builder.isEmpty()) yield { lines: [builder.end()], position: follower.position(), isOpen: true };
}
