import { DeposedError } from '../../domain/errors.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { lowestEpoch } from '../epoch.ts';
import type { WriteGroup } from '../store.ts';

/** Whose turn it is to be the scheduler. */
export const createEpochs = (connection: SqliteConnection) => {
  const select = connection.prepare('SELECT latest FROM epoch');
  const begin = connection.prepare('UPDATE epoch SET latest = latest + 1 RETURNING latest');
  const latest = (): number => select.get()?.[0] as number;
  return {
    beginEpoch: (): Promise<number> => connection.write(() => begin.get()?.[0] as number),
    latestEpoch: (): Promise<number> => connection.read(latest),
    /** To be called in the transaction that writes the groups. Throws `DEPOSED` when one is of an earlier epoch. */
    refuseEarlier: (groups: readonly WriteGroup[]): void => {
      const epoch = lowestEpoch(groups);
      if (epoch < latest()) throw new DeposedError(epoch);
    },
  };
};
