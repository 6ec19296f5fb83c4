import type { Ground } from './ground.ts';

/** Numbers `first` to `end - 1`, given to nobody else. */
export interface Block {
  readonly first: number;
  readonly end: number;
}

/** What the database says of itself, by name. */
interface About {
  readonly _id: string;
  readonly value: number;
}

export const ABOUT = 'about';
const COUNTER = 'sequence';

/**
 * Hands out the numbers that order the journal, and everything else that is to be read in the order of its arrival.
 * Numbers that nobody uses are lost, which leaves gaps.
 */
export interface Sequence {
  readonly reserve: (count: number) => Promise<Block>;
  /** Nothing up to `number` is handed out any more. */
  readonly skip: (number: number) => Promise<void>;
}

export const createSequence = ({ ride, collection }: Ground): Sequence => {
  const about = collection<About>(ABOUT);
  return {
    reserve: async (count) => {
      const after = await ride(() =>
        about.findOneAndUpdate(
          { _id: COUNTER },
          { $inc: { value: count } },
          { upsert: true, returnDocument: 'after' },
        ),
      );
      const last = after?.value ?? count;
      return { first: last - count + 1, end: last + 1 };
    },
    skip: async (number) => {
      await ride(() => about.updateOne({ _id: COUNTER }, { $max: { value: number } }, { upsert: true }));
    },
  };
};
