import { ObjectId } from 'mongodb';
import type { Json } from '../../domain/model/process.ts';
import type { DataStore, SinkDocument, TimeperiodRange } from '../store.ts';
import type { Ground } from './ground.ts';
import { insertNew } from './insert-new.ts';
import { again } from './keyed.ts';
import { ownedByUser } from './source.ts';

export const SINK_HEAD = 'sink_head';

/** A document of a sink, written by one run. */
export interface SinkDoc {
  readonly _id: ObjectId;
  readonly timeperiod: string;
  readonly key: string;
  readonly value: Json;
  readonly run: ObjectId;
}

/** Which run's documents are those of a timeperiod. */
export interface HeadDoc {
  readonly _id: string;
  readonly collection: string;
  readonly timeperiod: string;
  readonly run: ObjectId;
}

const CHUNK = 1000;
const DAY = 24 * 60 * 60;

export const headId = (collection: string, timeperiod: string): string => `${timeperiod} ${collection}`;

/**
 * Sink documents lie in the collection of the sink's name. All of a timeperiod are replaced in one visible step: the
 * new ones are written under the id of this run, then the head of the timeperiod is set to it, then the old ones are
 * deleted. Readers go by the heads; whoever reads the collection with other programs should join `run` with them.
 */
export const createSink = (ground: Ground): Pick<DataStore, 'replaceDocuments' | 'documents'> => {
  const { ride } = ground;
  const heads = ground.collection<HeadDoc>(SINK_HEAD);
  const sink = (name: string) => ground.collection<SinkDoc>(ownedByUser(name));
  const indexed = new Set<string>();

  const headsOf = ({ collection, start, end }: TimeperiodRange & { collection: string }) =>
    ride(() =>
      heads
        .find({ collection, timeperiod: { $gte: start, $lt: end } })
        .sort({ timeperiod: 1 })
        .toArray(),
    );

  /** Removes the run that was replaced, and what runs left that died a day ago or more before their turn. */
  const removeOld = async (name: string, timeperiod: string, runs: { old?: ObjectId; now: ObjectId }) => {
    const dayAgo = ObjectId.createFromTime(Math.floor(Date.now() / 1000) - DAY);
    const isOld = [{ run: { $lt: dayAgo } }, ...(runs.old === undefined ? [] : [{ run: runs.old }])];
    await ride(() =>
      sink(name).deleteMany({ timeperiod, $and: [{ $or: isOld }, { run: { $ne: runs.now } }] }),
    );
  };

  return {
    replaceDocuments: async (name, timeperiod, documents) => {
      if (!indexed.has(name)) await ride(() => sink(name).createIndex({ timeperiod: 1, key: 1 }));
      indexed.add(name);
      const run = new ObjectId();
      for (let from = 0; from < documents.length; from += CHUNK) {
        const chunk = documents.slice(from, from + CHUNK).map((each) => toSinkDoc(each, run));
        await ride(() => insertNew(sink(name), chunk));
      }
      const head = { collection: name, timeperiod, run };
      const before = await ride(() =>
        again(() =>
          heads.findOneAndUpdate(
            { _id: headId(name, timeperiod) },
            { $set: head },
            { upsert: true, returnDocument: 'before' },
          ),
        ),
      );
      await removeOld(name, timeperiod, before === null ? { now: run } : { old: before.run, now: run });
    },
    documents: async (name, range) => {
      for (;;) {
        const current = await headsOf({ collection: name, ...range });
        const found = await ride(() =>
          sink(name)
            .find({
              timeperiod: { $gte: range.start, $lt: range.end },
              run: { $in: current.map(({ run }) => run) },
            })
            .sort({ timeperiod: 1, key: 1 })
            .toArray(),
        );
        // A run that was replaced meanwhile may have lost documents before they were read.
        const after = await headsOf({ collection: name, ...range });
        if (isSame(current, after)) return found.map(toSinkDocument);
      }
    },
  };
};

const isSame = (some: readonly HeadDoc[], others: readonly HeadDoc[]): boolean =>
  some.length === others.length && some.every(({ run }, index) => others[index]?.run.equals(run) === true);

export const toSinkDoc = ({ timeperiod, key, value }: SinkDocument, run: ObjectId): SinkDoc => ({
  _id: new ObjectId(),
  timeperiod,
  key,
  value,
  run,
});

export const toSinkDocument = ({ timeperiod, key, value }: SinkDoc): SinkDocument => ({
  timeperiod,
  key,
  value,
});
