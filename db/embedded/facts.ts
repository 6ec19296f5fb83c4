import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Store } from '../store.ts';
import { parseStored } from './record-table.ts';

/** Small named values. */
export const createFacts = (engine: SqliteConnection): Pick<Store, 'getFact' | 'putFact'> => {
  const select = engine.prepare('SELECT value FROM fact WHERE name = ?');
  const put = engine.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)');
  return {
    getFact: (name) =>
      engine.read(() => {
        const row = select.get(name);
        return row && parseStored(row[0], `fact '${name}'`);
      }),
    putFact: (name, value) => engine.write(() => void put.run(name, JSON.stringify(value))),
  };
};
