import type { TransferTable } from './table.ts';

/** Rows of a data table say which collection they are of. */
interface Collected {
  readonly collection: string;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A table whose rows lie in several collections, which are read one after the other. */
export const tableAcross = <R extends Collected>(
  collections: () => Promise<readonly string[]>,
  tableOf: (collection: string) => TransferTable<R>,
): TransferTable<R> => ({
  count: async () => {
    const counts = (await collections()).map((name) => tableOf(name).count());
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  },
  rows: async function* (batch): AsyncGenerator<R, undefined> {
    for (const name of [...(await collections())].sort(byBytes)) yield* tableOf(name).rows(batch);
  },
  write: async (rows) => {
    for (const name of new Set(rows.map(({ collection }) => collection)))
      await tableOf(name).write(rows.filter(({ collection }) => collection === name));
  },
});
