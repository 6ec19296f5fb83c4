import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { crc32, createInflateRaw } from 'node:zlib';

// Read here member by member, since the gunzip of Node fails on bytes that follow the last one, and takes the text
// before them along. Format: RFC 1952.
const MAGIC = 0x1f8b;
const DEFLATE = 8;
const FIXED_HEADER = 10;
const TRAILER = 8;
/** Extra field, name and comment included. */
const LONGEST_HEADER = 3 * 65_536;

const flags = { headerSum: 2, extra: 4, name: 8, comment: 16 } as const;

/** Bytes of a file, fewer where it ends before. */
export const bytesAt = async (file: FileHandle, position: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
};

const truncated = (): Error => new Error('unexpected end of file: the gzip file was cut off');

const isMagic = (bytes: Buffer): boolean => bytes.length >= 2 && bytes.readUInt16BE(0) === MAGIC;

/** Whether a file begins as gzip does. */
export const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    return isMagic(await bytesAt(file, 0, 2));
  } finally {
    await file.close();
  }
};

const afterText = (header: Buffer, from: number): number => {
  const end = header.indexOf(0, from);
  if (end === -1) throw truncated();
  return end + 1;
};

/** Length of the header that begins here. */
const headerLength = (header: Buffer): number => {
  if (header.length < FIXED_HEADER) throw truncated();
  if (header[2] !== DEFLATE) throw new Error('the gzip file is of an unknown method of compression');
  const has = (flag: number): boolean => ((header[3] as number) & flag) !== 0;
  let length = FIXED_HEADER;
  if (has(flags.extra)) {
    if (header.length < length + 2) throw truncated();
    length += 2 + header.readUInt16LE(length);
  }
  if (has(flags.name)) length = afterText(header, length);
  if (has(flags.comment)) length = afterText(header, length);
  return has(flags.headerSum) ? length + 2 : length;
};

/** What is known of a member once it was read. */
interface Member {
  readonly sum: number;
  readonly size: number;
  /** Position in the file, behind it. */
  readonly end: number;
}

async function* member(path: string, file: FileHandle, position: number): AsyncGenerator<Buffer, Member> {
  const start = position + headerLength(await bytesAt(file, position, LONGEST_HEADER));
  const packed = createReadStream(path, { start });
  const inflate = createInflateRaw();
  packed.once('error', (error) => inflate.destroy(error));
  let [sum, size] = [0, 0];
  try {
    for await (const chunk of packed.pipe(inflate) as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      size += chunk.length;
      yield chunk;
    }
  } finally {
    packed.destroy();
  }
  return { sum, size, end: start + inflate.bytesWritten };
}

const checkTrailer = (trailer: Buffer, { sum, size }: Member): void => {
  if (trailer.length < TRAILER) throw truncated();
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== size % 2 ** 32)
    throw new Error('the gzip file is damaged: its check sum is not that of what it holds');
};

/**
 * The text of a gzip file of any number of members. As gzip does, it ignores what follows the last one, and calls
 * `warn` unless that is padding of zeros. Throws when the file is cut off or damaged.
 */
export async function* gunzipFile(path: string, warn: (text: string) => void): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let position = 0; position < size;) {
      const read = yield* member(path, file, position);
      checkTrailer(await bytesAt(file, read.end, TRAILER), read);
      position = read.end + TRAILER;
      const next = await bytesAt(file, position, 2);
      if (next.length === 0) return;
      if (isMagic(next)) continue;
      if (next.some((byte) => byte !== 0)) warn(`what follows the gzip data at byte ${position} is ignored`);
      return;
    }
  } finally {
    await file.close();
  }
}
