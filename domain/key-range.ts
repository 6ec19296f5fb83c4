/** Keys from the first on and below the second, by their UTF-8 bytes. */
export type KeyRange = readonly [from: string, below: string];

/** The least text above all that begin with a prefix, which ends in an ASCII character. */
export const ceilingOf = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

/** Whether a key is in one of some ranges. */
export const isWithin = (ranges: readonly KeyRange[], key: string): boolean => {
  const bytes = Buffer.from(key);
  return ranges.some(
    ([from, below]) => bytes.compare(Buffer.from(from)) >= 0 && bytes.compare(Buffer.from(below)) < 0,
  );
};
