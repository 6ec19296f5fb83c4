import { checkJson, jsonLimits } from '../domain/model/json-check.ts';
import { changedFields } from './record-change.ts';
import type { JsonLimits } from '../domain/model/json-check.ts';
import type { DataStore, Replacement, Store, WriteGroup } from './store.ts';
import type { StateRows, StateTransfer, TableName } from './transfer.ts';

/** The methods of a store that take free-form values. */
type Taking = Pick<Store, 'commit'> & { readonly data: DataStore };

const { stored, row: rowLimits, document: documentLimits } = jsonLimits;

const checkGroups = (groups: readonly WriteGroup[]): void => {
  for (const { writes } of groups)
    for (const write of writes)
      if (write.kind === 'uow-insert') checkJson(write.uow.arguments, stored, `arguments of ${write.uow.id}`);
      else if (write.kind === 'record') changedFields(write);
};

const checkDocuments = ({ collection, timeperiod, documents }: Replacement): void => {
  for (const { key, value } of documents)
    checkJson(value, documentLimits, `document '${key}' of ${collection} in ${timeperiod}`);
};

const takingFitData = (data: DataStore): DataStore => ({
  ...data,
  appendRows: async (collection, rows, along) => {
    for (const { id, value } of rows) checkJson(value, rowLimits, `row ${id} of ${collection}`);
    if (along) checkDocuments(along);
    return data.appendRows(collection, rows, along);
  },
  replaceDocuments: async (collection, timeperiod, documents) => {
    checkDocuments({ collection, timeperiod, documents });
    return data.replaceDocuments(collection, timeperiod, documents);
  },
});

/**
 * The same store, which takes no value that it could not hand back: every adapter stands behind this, so that nothing
 * that got past the checks where values enter can spoil the records. Its methods reject with `UNFIT_VALUE`.
 */
export const takingFitValues = <S extends Taking>(store: S): S => ({
  ...store,
  commit: async (groups: readonly WriteGroup[]) => {
    checkGroups(groups);
    return store.commit(groups);
  },
  data: takingFitData(store.data),
});

/** The free-form values of rows that come from another store, and their limits. */
const moved: { readonly [T in TableName]?: readonly [keyof StateRows[T], JsonLimits] } = {
  unit_of_work: ['arguments', stored],
  source_row: ['value', rowLimits],
  sink_document: ['value', documentLimits],
};

/** The same for what is moved here from another store. */
export const movingFitValues = (transfer: StateTransfer): StateTransfer => ({
  ...transfer,
  write: async (table, rows) => {
    const [field, limits] = moved[table] ?? [];
    if (field !== undefined && limits !== undefined)
      for (const row of rows) checkJson(row[field], limits, `a row of ${table}`);
    return transfer.write(table, rows);
  },
});
