import type { Json } from '../../domain/model/process.ts';
import type { Engine } from '../../embedded/engine.ts';
import type { Store } from '../store.ts';

/** Small named values. */
export const createFacts = (engine: Engine): Pick<Store, 'getFact' | 'putFact'> => {
  const select = engine.prepare('SELECT value FROM fact WHERE name = ?');
  const put = engine.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)');
  return {
    getFact: (name) =>
      engine.read(() => {
        const row = select.get(name);
        return row && (JSON.parse(row[0] as string) as Json);
      }),
    putFact: (name, value) => engine.write(() => void put.run(name, JSON.stringify(value))),
  };
};
