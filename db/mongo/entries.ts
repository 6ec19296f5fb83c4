import type { BoxRecord, FreerunEntryRecord, ManagedEntryRecord } from '../../domain/model/record.ts';
import type { Json } from '../../domain/model/process.ts';
import type { Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { createKeyedCollection } from './keyed-collection.ts';
import type { KeyedSpec } from './keyed-collection.ts';

export const managedSpec: KeyedSpec<ManagedEntryRecord> = {
  name: 'managed_process',
  key: ({ processName }) => processName,
  json: ['arguments'],
  sort: { processName: 1 },
};

const freerunKey = (processName: string, entryName: string): string => `${processName}/${entryName}`;

export const freerunSpec: KeyedSpec<FreerunEntryRecord> = {
  name: 'freerun_process',
  key: ({ processName, entryName }) => freerunKey(processName, entryName),
  json: ['arguments'],
  later: ({ lastFiredAt }) => ({ seenUntil: lastFiredAt }),
  sort: { processName: 1, entryName: 1 },
};

const boxSpec: KeyedSpec<BoxRecord> = {
  name: 'box_configuration',
  key: ({ boxId, unit }) => `${boxId}/${unit}`,
  json: [],
  sort: { boxId: 1, unit: 1 },
};

export interface Fact {
  readonly name: string;
  readonly value: Json;
}

export const factSpec: KeyedSpec<Fact> = {
  name: 'fact',
  key: ({ name }) => name,
  json: ['value'],
  sort: { name: 1 },
};

type Entries = Pick<
  Store,
  | 'managedEntries'
  | 'putManagedEntry'
  | 'freerunEntries'
  | 'putFreerunEntry'
  | 'removeFreerunEntry'
  | 'boxes'
  | 'putBox'
  | 'getFact'
  | 'putFact'
>;

/** What people may change about processes at run time, what runs where, and small named values. */
export const createEntries = (connection: MongoConnection): Entries => {
  const managed = createKeyedCollection(connection, managedSpec);
  const freerun = createKeyedCollection(connection, freerunSpec);
  const boxes = createKeyedCollection(connection, boxSpec);
  const facts = createKeyedCollection(connection, factSpec);
  const freerunDocs = connection.collection<{ _id: string }>(freerunSpec.name);
  const factDocs = connection.collection<{ _id: string }>(factSpec.name);
  return {
    managedEntries: managed.all,
    putManagedEntry: managed.put,
    freerunEntries: freerun.all,
    putFreerunEntry: freerun.put,
    removeFreerunEntry: async (processName, entryName) => {
      const key = { _id: freerunKey(processName, entryName) };
      // Looked for first: a deletion that is repeated after a cut connection finds nothing.
      const found = await connection.ride(() => freerunDocs.findOne(key));
      await connection.ride(() => freerunDocs.deleteOne(key));
      return found !== null;
    },
    boxes: boxes.all,
    putBox: boxes.put,
    getFact: async (name) => {
      const doc = await connection.ride(() => factDocs.findOne({ _id: name }));
      return doc === null ? undefined : facts.toRecord(doc).value;
    },
    putFact: (name, value) => facts.put({ name, value }),
  };
};
