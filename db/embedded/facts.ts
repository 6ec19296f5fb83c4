import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { parseStored } from './record-table.ts';

/** Small named values. */
export const createFacts = (connection: SqliteConnection): Pick<Store, 'getFact' | 'putFact'> => {
  const select = connection.prepare('SELECT value FROM fact WHERE name = ?');
  const put = connection.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)');
  return {
    getFact: (name) =>
      connection.read(() => {
        const row = select.get(name);
        return row && parseStored(row[0], `fact '${name}'`);
      }),
    putFact: (name, value) => connection.write(() => void put.run(name, JSON.stringify(value))),
  };
};
