import type { AnySpec } from '../collection.ts';
import type { StoredRow } from '../row-codec.ts';

/** The `_id` of a row of a collection: the texts of its key, joined such that no other key is the same text. */
export const idIn =
  ({ key }: AnySpec) =>
  (row: StoredRow): string =>
    key.length === 1
      ? String(row[key[0] as string])
      : key.map((field) => String(row[field]).replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
