import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SynergyError } from '../domain/errors.ts';

// Of a longer line only the beginning is kept: what is read of it stands there, and a file without line
// breaks must not end up in memory.
const LONGEST_LINE = 65_536;

const unreadable = (path: string, cause: unknown): SynergyError =>
  new SynergyError(
    'SOURCE_UNREADABLE',
    `access log '${path}' cannot be read: ${cause instanceof Error ? cause.message : String(cause)}; expected a text or gzip file in Common or Combined Log Format`,
    { cause },
  );

const isGzip = async (path: string): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b;
  } finally {
    await file.close();
  }
};

const openText = async (path: string): Promise<Readable> => {
  const packed = await isGzip(path);
  const file = createReadStream(path);
  // The callback form hands an error of the file on to the stream that is read.
  const text = packed ? pipeline(file, createGunzip(), () => undefined) : file;
  return text.setEncoding('utf8');
};

/**
 * The lines of a text file, plain or gzipped, a few hundred at a time and in constant memory whatever the
 * size of the file or of a line. Throws `SOURCE_UNREADABLE`.
 */
export async function* logLines(path: string): AsyncGenerator<string[]> {
  try {
    let rest = '';
    for await (const chunk of (await openText(path)) as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() as string).slice(0, LONGEST_LINE);
      yield lines;
    }
    if (rest !== '') yield [rest];
  } catch (error) {
    throw unreadable(path, error);
  }
}
