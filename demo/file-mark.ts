import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileMark } from './access.ts';
import { bytesAt } from './gzip-file.ts';

/** Bytes at either end of a file that tell it from others of its size. */
const EDGE = 65_536;

/** What a file is known by, without reading all of it. */
export const markOf = async (path: string): Promise<FileMark> => {
  const file = await open(path);
  try {
    const { size, mtimeMs: changedAt } = await file.stat();
    const hash = createHash('sha256').update(await bytesAt(file, 0, EDGE));
    hash.update(await bytesAt(file, Math.max(0, size - EDGE), EDGE));
    return { size, changedAt, print: hash.digest('hex') };
  } finally {
    await file.close();
  }
};

/** Whether two marks are of a file that did not change in between. */
export const isSameFile = (one: FileMark, other: FileMark): boolean =>
  one.size === other.size && one.changedAt === other.changedAt && one.print === other.print;
