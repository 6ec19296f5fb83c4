import { DeposedError } from '../../../domain/errors.ts';
import type { JournalReach, Store } from '../../store.ts';
import type { MongoConnection } from '../connection.ts';

/** Numbers `first` to `end - 1`, reserved for one writer. */
export interface Block {
  readonly first: number;
  readonly end: number;
}

/** A block for changes, whose numbers are their places in the journal; `commit.ts` has the whole picture. */
export interface ReservedBlock extends Block {
  /** Instant of `performance.now()` after which no change may begin under these numbers. */
  readonly until: number;
  /** Whether something may be pending after the change with this place. */
  readonly mayBeOpen: (place: number) => boolean;
  /** Blocks reserved under earlier epochs, whose changes may have something pending, or are yet to come. */
  readonly earlier: readonly Block[];
}

/** The clock of the server in an update, ms: the one clock that all who share the database have. */
export const serverNow = { $toLong: '$$NOW' };

/** What the database says of itself. */
interface CounterDoc {
  readonly _id: string;
  readonly value: number;
  /** The latest one begun; databases of before have none. */
  readonly epoch?: number;
  /** Blocks whose changes are not known to be finished; those of a scheduler have its epoch. */
  readonly open: readonly (Block & { readonly at: number; readonly epoch: number | null })[];
}

export const ABOUT = 'about';
export const COUNTER = 'sequence';

/** ms after which a block is used no more, and after which nothing that was sent before can arrive any more. */
const USABLE = 120_000;
const RETIRED = 10 * 60_000;

/** ms until what is finished is put on record without another reservation. */
const FLUSH_AFTER = 1000;

export type JournalSequence = ReturnType<typeof createJournalSequence>;

/**
 * Hands out the numbers that order the journal, and everything else that is to be read in the order of its arrival.
 * Unused numbers are lost, which leaves gaps. Who reserves a block for changes is on record until all of
 * them are finished: so whatever a crash leaves half written lies in a block that is on record.
 */
export const createJournalSequence = (connection: MongoConnection) => {
  const about = connection.collection<CounterDoc>(ABOUT);
  const counter = { _id: COUNTER };
  const finished = createFinished(connection);
  return {
    /**
     * At least one number, for so many changes. `epoch`: of the scheduler that is to make them; workers give none. Rejects
     * with `DEPOSED` once a later one has begun. So the places of an epoch are all below those of the next one, whenever
     * its changes are made: what was reserved before the next one began may be used after that.
     */
    reserve: async (changes: number, epoch?: number): Promise<ReservedBlock> => {
      // Finished blocks are known by their first number.
      const count = Math.max(1, changes);
      const until = performance.now() + USABLE;
      const struck = finished.list();
      const raise = { value: { $add: ['$value', count] } };
      const update = [{ $set: { open: withBlock(count, { struck, epoch }) } }, { $set: raise }];
      const after = await connection.ride(() =>
        about.findOneAndUpdate({ ...counter, ...ifLatest(epoch) }, update, { returnDocument: 'after' }),
      );
      if (after === null && epoch !== undefined) throw new DeposedError(epoch);
      finished.remove(struck);
      const { value, open } = after ?? { value: count, open: [] };
      return {
        first: value - count + 1,
        end: value + 1,
        until,
        mayBeOpen: (place) => open.some(({ first, end }) => first <= place && place < end),
        earlier: open.filter((block) => block.epoch !== null && block.epoch < (epoch ?? 0)),
      };
    },
    ...createEpochs(connection),
    /** All changes of the block are finished. Is put on record with the next reservation, or soon. */
    finish: finished.add,
    /** Puts on record what is finished. */
    flush: finished.flush,
    /** A number for something else than changes. */
    take: async (): Promise<number> => {
      const after = await connection.ride(() =>
        about.findOneAndUpdate(counter, { $inc: { value: 1 } }, { returnDocument: 'after' }),
      );
      return after?.value ?? 1;
    },
    /** Nothing up to these is handed out any more. */
    skip: async ({ place, epoch }: { readonly place: number; readonly epoch: number }): Promise<void> => {
      await connection.ride(() => about.updateOne(counter, { $max: { value: place, epoch } }));
    },
    open: createOpen(connection),
    /** Strikes out those that were looked through, and are so old that no writer can be at work on them any more. */
    retire: async (blocks: readonly Block[]): Promise<void> => {
      await connection.ride(() => about.updateOne(counter, [{ $set: { open: withoutRetired(blocks) } }]));
    },
  };
};

/** Matches the counter as long as no later epoch has begun. */
const ifLatest = (epoch: number | undefined) =>
  epoch === undefined ? {} : { epoch: { $not: { $gt: epoch } } };

const createEpochs = (connection: MongoConnection): Pick<Store, 'beginEpoch' | 'latestEpoch'> => {
  const about = connection.collection<CounterDoc>(ABOUT);
  const counter = { _id: COUNTER };
  return {
    latestEpoch: async () => {
      const found = await connection.ride(() => about.findOne(counter, { projection: { epoch: 1 } }));
      return found?.epoch ?? 0;
    },
    // Asked again after a cut connection it may pass one over.
    beginEpoch: async () => {
      const after = await connection.ride(() =>
        about.findOneAndUpdate(counter, { $inc: { epoch: 1 } }, { returnDocument: 'after' }),
      );
      return after?.epoch ?? 1;
    },
  };
};

/** Blocks on record for at least so many ms, by the server's clock. */
const createOpen =
  (connection: MongoConnection) =>
  async (age: number): Promise<readonly Block[]> => {
    const about = connection.collection<CounterDoc>(ABOUT);
    const stages = [{ $match: { _id: COUNTER } }, { $project: { open: ofAge(age) } }];
    const [found] = await connection.ride(() => about.aggregate<Pick<CounterDoc, 'open'>>(stages).toArray());
    return found?.open ?? [];
  };

/** The numbers given out, with the blocks on record as of the same instant. */
export const createReach = (connection: MongoConnection) => async (): Promise<JournalReach> => {
  const about = connection.collection<CounterDoc>(ABOUT);
  const found = await connection.ride(() => about.findOne({ _id: COUNTER }));
  const { value = 0, open = [] } = found ?? {};
  return { end: value, open: open.map(({ first, end }) => ({ first, end })) };
};

/** The blocks on record without the finished ones, and the next one. */
const withBlock = (
  count: number,
  { struck, epoch = null }: { struck: readonly number[]; epoch: number | null | undefined },
) => ({
  $concatArrays: [
    { $filter: { input: '$open', cond: { $not: { $in: ['$$this.first', struck] } } } },
    [{ first: { $add: ['$value', 1] }, end: { $add: ['$value', count + 1] }, at: serverNow, epoch }],
  ],
});

const ofAge = (age: number) => ({
  $filter: { input: '$open', cond: { $lte: ['$$this.at', { $subtract: [serverNow, age] }] } },
});

/** The blocks on record without those that are old enough. */
const withoutRetired = (blocks: readonly Block[]) => {
  const isOne = { $in: ['$$this.first', blocks.map(({ first }) => first)] };
  const isOld = { $lt: ['$$this.at', { $subtract: [serverNow, RETIRED] }] };
  return { $filter: { input: '$open', cond: { $not: { $and: [isOne, isOld] } } } };
};

/** First numbers of blocks that are finished, and still on record as if they were not. */
const createFinished = (connection: MongoConnection) => {
  const about = connection.collection<CounterDoc>(ABOUT);
  const waiting = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  const remove = (firsts: readonly number[]): void => {
    for (const first of firsts) waiting.delete(first);
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const firsts = [...waiting];
    if (firsts.length === 0) return;
    const struck = { $pull: { open: { first: { $in: firsts } } } };
    await connection.ride(() => about.updateOne({ _id: COUNTER }, struck));
    remove(firsts);
  };
  return {
    list: () => [...waiting],
    remove,
    flush,
    add: ({ first }: Block): void => {
      waiting.add(first);
      // Should it fail, the block is looked through by a repair, and found to be finished.
      timer ??= setTimeout(() => void flush().catch(() => undefined), FLUSH_AFTER).unref();
    },
  };
};
