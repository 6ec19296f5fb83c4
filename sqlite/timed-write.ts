import type { Work } from './batch.ts';
import type { GroupCommit } from './group-commit.ts';

/** Writes on a stopwatch, which stands while they wait for others. */
export const createTimedWrite = ({ write, lastCommit }: Pick<GroupCommit, 'write' | 'lastCommit'>) => {
  let total = 0;
  return {
    /** As `write` of the group commit. */
    writeTimed: async <T>(work: Work<T>): Promise<T> => {
      let took = 0;
      const value = await write((transaction) => {
        const begun = performance.now();
        const answer = work(transaction);
        took = performance.now() - begun;
        return answer;
      });
      // Its own: nothing else has been committed since.
      total += took + lastCommit();
      return value;
    },
    /** What the stopwatch shows, ms. */
    workedFor: (): number => total,
  };
};
