import type { Document, Filter, Sort } from 'mongodb';
import type { Ground } from './ground.ts';

/** Where a page begins and ends. */
export interface PageQuery {
  readonly collection: string;
  /** Fields that tell the documents apart; an index goes by them. */
  readonly key: readonly string[];
  /** Key of the document before the page; undefined at the beginning. */
  readonly after: readonly unknown[] | undefined;
  readonly limit: number;
  /** Conditions on all documents, of other fields than the key. */
  readonly where?: Filter<Document>;
}

/**
 * Documents that follow `after` in the order of the key. Those that share all but the last field of it come first,
 * then those that share all but the last two, and so on: each an uninterrupted range of the index.
 */
export const readPage = async (
  { ride, collection }: Ground,
  { collection: name, key, after, limit, where = {} }: PageQuery,
): Promise<Document[]> => {
  const sort: Sort = Object.fromEntries(key.map((field) => [field, 1]));
  const read = (range: Filter<Document>, rest: number): Promise<Document[]> =>
    ride(() =>
      collection(name)
        .find({ ...where, ...range })
        .sort(sort)
        .limit(rest)
        .toArray(),
    );
  if (after === undefined) return read({}, limit);
  const found: Document[] = [];
  for (let shared = key.length - 1; shared >= 0 && found.length < limit; shared--) {
    const range = key.slice(0, shared + 1).map((field, i) => [field, i === shared ? { $gt: after[i] } : after[i]]);
    found.push(...(await read(Object.fromEntries(range) as Filter<Document>, limit - found.length)));
  }
  return found;
};

/** Rows of named groups, such as the jobs of a process. */
export interface Groups<R> {
  /** All names, in any order. */
  readonly names: () => Promise<readonly string[]>;
  /** Rows of a group that follow `after`, or the first ones of it. */
  readonly read: (name: string, after: R | undefined, limit: number) => Promise<R[]>;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Rows that follow `after`, the last one of `name` so far, in the order of the groups' names. */
export const readGroups = async <R>(
  { names, read }: Groups<R>,
  last: { readonly name: string; readonly after: R } | undefined,
  limit: number,
): Promise<R[]> => {
  const rows = last === undefined ? [] : await read(last.name, last.after, limit);
  // Only now and then a page ends a group, so that the names are seldom needed.
  if (rows.length === limit) return rows;
  const others = (await names()).filter((name) => last === undefined || byBytes(name, last.name) > 0);
  for (const name of others.sort(byBytes)) {
    rows.push(...(await read(name, undefined, limit - rows.length)));
    if (rows.length === limit) break;
  }
  return rows;
};
