/** Which page of a list, newest first: the one before an item, the one after an item, or the newest. Cursors tell items. */
export interface Turn<C> {
  readonly before?: C | undefined;
  readonly after?: C | undefined;
}

/** A page of a list, newest first, and whether there is more on either side. */
export interface Turned<T> {
  readonly rows: readonly T[];
  readonly hasNewer: boolean;
  readonly hasOlder: boolean;
}

/** Reads at most `limit` items in an order, behind the one that the cursor tells. */
export type ReadTurn<T, C> = (
  order: 'newest' | 'oldest',
  cursor: C | undefined,
  limit: number,
) => Promise<readonly T[]>;

/** Reads a page of `size` items, and one more, which tells that it goes on. */
export const readPage = async <T, C>(
  { before, after }: Turn<C>,
  size: number,
  read: ReadTurn<T, C>,
): Promise<Turned<T>> => {
  const newer = after === undefined ? [] : await read('oldest', after, size + 1);
  if (newer.length > 0)
    return { rows: newer.slice(0, size).reverse(), hasNewer: newer.length > size, hasOlder: true };
  // Nothing came after it: the newest page.
  const isNewest = before === undefined || after !== undefined;
  const found = await read('newest', isNewest ? undefined : before, size + 1);
  return { rows: found.slice(0, size), hasNewer: !isNewest, hasOlder: found.length > size };
};

/** Links of a page to those beside it; undefined where there are none. */
export const pagerOf = <T, C>(
  { rows, hasNewer, hasOlder }: Turned<T>,
  cursorOf: (row: T) => C,
  hrefOf: (turn: Turn<C>) => string,
) => {
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    newest: hasNewer ? hrefOf({}) : undefined,
    newer: hasNewer && first !== undefined ? hrefOf({ after: cursorOf(first) }) : undefined,
    older: hasOlder && last !== undefined ? hrefOf({ before: cursorOf(last) }) : undefined,
  };
};
