import type { UnreadableScope, UnreadableValue } from '../domain/model/unreadable.ts';
import type { AnySpec } from './collection.ts';
import { allCollections, movingCollections } from './collections.ts';
import { rowPages } from './collection-rows.ts';
import type { RowsOf } from './collection-rows.ts';
import { createRowCodec } from './row-codec.ts';
import type { StoredRow } from './row-codec.ts';
import { isCollectionTable } from './transfer.ts';
import type { CollectionTable, OwnTable, StateRows, StateTransfer, TableName } from './transfer.ts';

/** Moves the collections besides the tables that an adapter makes by hand. */
export const withCollections = (own: StateTransfer<OwnTable>, rowsOf: RowsOf): StateTransfer => {
  async function* pages(table: CollectionTable, size: number): AsyncGenerator<object[], undefined> {
    const spec: AnySpec = movingCollections[table];
    const { decode } = createRowCodec(spec);
    for await (const rows of rowPages(spec, rowsOf(spec), { size })) {
      const records = rows.flatMap((row) => {
        const { record } = decode(row);
        return record === undefined
          ? []
          : { ...record, ...(spec.byArrival && { position: row['position'] }) };
      });
      if (records.length > 0) yield records;
    }
  }
  return {
    count: (table) =>
      isCollectionTable(table) ? rowsOf(movingCollections[table]).count() : own.count(table),
    pages: <T extends TableName>(table: T, size: number) =>
      (isCollectionTable(table) ? pages(table, size) : own.pages(table, size)) as AsyncGenerator<
        StateRows[T][],
        undefined
      >,
    write: <T extends TableName>(table: T, rows: readonly StateRows[T][]) => {
      if (!isCollectionTable(table)) return own.write(table, rows as readonly StateRows[OwnTable][]);
      const spec: AnySpec = movingCollections[table];
      const { encode } = createRowCodec(spec);
      const toRow = (row: object): StoredRow => ({
        ...encode(row),
        ...(spec.byArrival && { position: (row as { position: number }).position }),
      });
      return rowsOf(spec).restore(rows.map(toRow));
    },
  };
};

/** A field of a collection that cannot be read back. */
export interface UnreadableField {
  readonly spec: AnySpec;
  readonly value: UnreadableValue;
  /** What is stored in its place; undefined where the record is nothing without it. */
  readonly empty: string | null | undefined;
}

/** What cannot be read back in the collections of a store. */
export const findUnreadable = async (rowsOf: RowsOf, scope: UnreadableScope): Promise<UnreadableField[]> => {
  const found: UnreadableField[] = [];
  for (const spec of allCollections as readonly AnySpec[]) {
    const where = scope === 'all' ? {} : spec.open;
    if (where === undefined) continue;
    const { decode, emptyOf } = createRowCodec(spec);
    for await (const page of rowPages(spec, rowsOf(spec), { where: where as StoredRow }))
      for (const row of page)
        for (const column of decode(row).faults) {
          const key = spec.key.map((field) => String(row[field]));
          found.push({ spec, value: { table: spec.name, key, column }, empty: emptyOf(column) });
        }
  }
  return found;
};
