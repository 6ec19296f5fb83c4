import { DeposedError } from '../../domain/errors.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import { lowestEpoch } from '../epoch.ts';
import type { Store, WriteGroup } from '../store.ts';

/** Whose turn it is to be the scheduler. */
export interface Epochs extends Pick<Store, 'beginEpoch' | 'latestEpoch'> {
  /** To be called in the transaction that writes the groups. Throws `DEPOSED` when one is of an earlier epoch. */
  readonly refuseEarlier: (groups: readonly WriteGroup[]) => void;
}

export const createEpochs = (connection: SqliteConnection): Epochs => {
  const select = connection.prepare('SELECT latest FROM epoch');
  const begin = connection.prepare('UPDATE epoch SET latest = latest + 1 RETURNING latest');
  const latest = (): number => select.get()?.[0] as number;
  return {
    beginEpoch: () => connection.write(() => begin.get()?.[0] as number),
    latestEpoch: () => connection.read(latest),
    refuseEarlier: (groups) => {
      const epoch = lowestEpoch(groups);
      if (epoch < latest()) throw new DeposedError(epoch);
    },
  };
};
