import { checkJson, jsonLimits } from '../domain/model/json-check.ts';
import type { DataStore, SinkDocument, Store, WriteGroup } from './store.ts';
import type { StateRows, StateTransfer, TableName } from './transfer.ts';

/** The methods of a store that take free-form values. */
type Taking = Pick<Store, 'commit'> & { readonly data: DataStore };

const { stored, row: rowLimits, document: documentLimits } = jsonLimits;

const checkGroups = (groups: readonly WriteGroup[]): void => {
  for (const { writes } of groups)
    for (const write of writes)
      if (write.kind === 'uow-insert') checkJson(write.uow.arguments, stored, `arguments of ${write.uow.id}`);
};

/** A method that rejects when `check` throws, and does nothing then. */
const after =
  <P extends readonly unknown[], T>(
    check: (...parameters: P) => void,
    method: (...parameters: P) => Promise<T>,
  ): ((...parameters: P) => Promise<T>) =>
  (...parameters) => {
    // Nothing may come between the calls that follow each other: so no `async`.
    try {
      check(...parameters);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    return method(...parameters);
  };

const checkDocuments = (collection: string, timeperiod: string, documents: readonly SinkDocument[]): void => {
  for (const { key, value } of documents)
    checkJson(value, documentLimits, `document '${key}' of ${collection} in ${timeperiod}`);
};

const takingFitData = (data: DataStore): DataStore => ({
  ...data,
  appendRows: after(
    (collection, rows, along) => {
      for (const { id, value } of rows) checkJson(value, rowLimits, `row ${id} of ${collection}`);
      if (along) checkDocuments(along.collection, along.timeperiod, along.documents);
    },
    (...parameters: Parameters<DataStore['appendRows']>) => data.appendRows(...parameters),
  ),
  replaceDocuments: after(checkDocuments, (...parameters: Parameters<DataStore['replaceDocuments']>) =>
    data.replaceDocuments(...parameters),
  ),
});

/**
 * The same store, which takes no value that it could not hand back: every adapter stands behind this, so that nothing
 * that got past the checks where values enter can spoil the records. Its methods reject with `UNFIT_VALUE`.
 */
export const takingFitValues = <S extends Taking>(store: S): S => ({
  ...store,
  commit: after(checkGroups, store.commit),
  data: takingFitData(store.data),
});

/** The free-form values of rows that come from another store. */
const moved: { readonly [T in TableName]?: (row: StateRows[T]) => readonly unknown[] } = {
  unit_of_work: (row) => [row.arguments],
};

/** The same for what is moved here from another store. */
export const movingFitValues = (transfer: StateTransfer): StateTransfer => ({
  ...transfer,
  write: after(
    (table, rows) => {
      const valuesOf = moved[table] as ((row: unknown) => readonly unknown[]) | undefined;
      for (const row of rows)
        for (const value of valuesOf?.(row) ?? []) checkJson(value, stored, `a row of ${table}`);
      const limits =
        table === 'source_row' ? rowLimits : table === 'sink_document' ? documentLimits : undefined;
      if (limits !== undefined)
        for (const row of rows) checkJson((row as { value: unknown }).value, limits, `a row of ${table}`);
    },
    (table, rows) => transfer.write(table, rows),
  ),
});
