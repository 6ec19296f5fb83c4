import { DeposedError } from '../../domain/errors.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';

/** Whose turn it is to be the scheduler. */
export const createEpochs = (connection: SqliteConnection) => {
  const select = connection.prepare('SELECT latest FROM epoch');
  const begin = connection.prepare('UPDATE epoch SET latest = latest + 1 RETURNING latest');
  const latest = (): number => select.get()?.[0] as number;
  return {
    beginEpoch: (): Promise<number> => connection.write(() => begin.get()?.[0] as number),
    latestEpoch: (): Promise<number> => connection.read(latest),
    /** To be called in the transaction of what is written under the epoch. Throws `DEPOSED` when a later one has begun. */
    refuseEarlier: (epoch: number): void => {
      if (epoch < latest()) throw new DeposedError(epoch);
    },
  };
};
