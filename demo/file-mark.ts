import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { FileMark } from './access.ts';

/** Bytes at either end of a file that tell it from others of its size. */
const EDGE = 65_536;

const readAt = async (file: FileHandle, position: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(EDGE), 0, EDGE, position);
  return buffer.subarray(0, bytesRead);
};

/** What a file is known by, without reading all of it. */
export const markOf = async (path: string): Promise<FileMark> => {
  const file = await open(path);
  try {
    const { size, mtimeMs: changedAt } = await file.stat();
    const hash = createHash('sha256').update(await readAt(file, 0));
    hash.update(await readAt(file, Math.max(0, size - EDGE)));
    return { size, changedAt, print: hash.digest('hex') };
  } finally {
    await file.close();
  }
};

/** Whether two marks are of a file that did not change in between. */
export const isSameFile = (one: FileMark, other: FileMark): boolean =>
  one.size === other.size && one.changedAt === other.changedAt && one.print === other.print;
