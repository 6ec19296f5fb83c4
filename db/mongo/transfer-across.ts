/** Rows of a data table say which collection they are of. */
export interface Collected {
  readonly collection: string;
}

/** Reads what follows a row in its collection, or all of a collection from its start. */
type ReadOne<R> = (collection: string, after: R | undefined, limit: number) => Promise<R[]>;

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Reads a page across collections, one after the other. */
export const readAcross =
  <R extends Collected>(collections: () => Promise<readonly string[]>, readOne: ReadOne<R>) =>
  async (after: R | undefined, limit: number): Promise<R[]> => {
    const rows: R[] = [];
    for (const collection of [...(await collections())].sort(byBytes)) {
      if (rows.length === limit) break;
      if (after !== undefined && byBytes(collection, after.collection) < 0) continue;
      const start = after?.collection === collection ? after : undefined;
      rows.push(...(await readOne(collection, start, limit - rows.length)));
    }
    return rows;
  };

/** Adds up a number of each collection. */
export const countAcross = async (
  collections: readonly string[],
  count: (collection: string) => Promise<number>,
): Promise<number> => (await Promise.all(collections.map(count))).reduce((total, each) => total + each, 0);

export const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
};
