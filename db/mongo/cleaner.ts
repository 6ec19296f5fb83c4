import type { Ground } from './ground.ts';
import { recordNames } from './records.ts';
import type { RecordName } from './records.ts';
import type { Block } from './sequence.ts';

interface Done extends Block {
  readonly names: readonly RecordName[];
}

const ranges = (blocks: readonly Done[]) => ({
  $or: blocks.map(({ first, end }) => ({ 'pending.place': { $gte: first, $lt: end } })),
});

/** Removes from records what is done, behind the back of those who wait for it to be done. */
export interface Cleaner {
  /** All changes with these numbers are done; they were changes of records in `names`. */
  readonly forget: (block: Block, names: readonly RecordName[]) => void;
  /** Whether that was said of a change, and its record may still show it. */
  readonly isDone: (place: number) => boolean;
  /** Resolves when all is removed. Does not insist: what stays is found by a repair, and is harmless. */
  readonly flush: () => Promise<void>;
}

export const createCleaner = ({ records }: Ground): Cleaner => {
  let waiting: readonly Done[] = [];
  let running: Promise<void> | undefined;

  /** What comes meanwhile is removed together: the slower the server, the fewer the commands. */
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const blocks = waiting;
      // Should this be lost with a primary, the record shows again what is done: no reason to wait for more.
      const options = { writeConcern: { w: 1 } };
      const clear = async (name: RecordName): Promise<void> => {
        const ofName = blocks.filter(({ names }) => names.includes(name));
        if (ofName.length === 0) return;
        await records(name).updateMany(ranges(ofName), { $unset: { pending: '' } }, options);
      };
      await Promise.all(recordNames.map(clear));
      waiting = waiting.filter((block) => !blocks.includes(block));
    }
  };
  const start = (): Promise<void> => {
    running ??= run()
      .catch(() => undefined)
      .finally(() => (running = undefined));
    return running;
  };

  return {
    forget: ({ first, end }, names) => {
      waiting = [...waiting, { first, end, names }];
      void start();
    },
    isDone: (place) => waiting.some(({ first, end }) => first <= place && place < end),
    flush: start,
  };
};
