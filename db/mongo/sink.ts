import { ObjectId } from 'mongodb';
import type { Json } from '../../domain/model/process.ts';
import type { DataStore, SinkDocument, TimeperiodRange } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { insertNew } from './insert-new.ts';
import { again } from './failure.ts';
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

export const indexSink = async (connection: MongoConnection, name: string): Promise<void> => {
  const sink = connection.collection<SinkDoc>(ownedByUser(name));
  await connection.ride(() => sink.createIndex({ timeperiod: 1, key: 1 }, {}, {}));
};

/**
 * Sink documents lie in the collection of the sink's name. All of a timeperiod are replaced in one visible step: the
 * new ones are written under the id of this run, then the head of the timeperiod is set to it, then the old ones are
 * deleted. Readers go by the heads; other programs that read the collection should join `run` with them.
 */
export const createSink = (
  connection: MongoConnection,
): Pick<DataStore, 'replaceDocuments' | 'documents'> => {
  const { ride } = connection;
  const heads = connection.collection<HeadDoc>(SINK_HEAD);
  const indexed = new Set<string>();
  return {
    replaceDocuments: async (name, timeperiod, documents) => {
      if (!indexed.has(name)) await indexSink(connection, name);
      indexed.add(name);
      const sink = connection.collection<SinkDoc>(name);
      const run = new ObjectId();
      for (let from = 0; from < documents.length; from += CHUNK) {
        const chunk = documents.slice(from, from + CHUNK);
        const docs = chunk.map((each) => ({ _id: new ObjectId(), ...toSinkDoc(each, run) }));
        await ride(() => insertNew(sink, docs));
      }
      const key = { _id: headId(name, timeperiod) };
      const update = { $set: { collection: name, timeperiod, run } };
      const setHead = () => heads.findOneAndUpdate(key, update, { upsert: true, returnDocument: 'before' });
      const before = await ride(() => again(setHead));
      // Besides the run that was replaced, what runs left that died a day ago or more before they were through.
      const dayAgo = ObjectId.createFromTime(Math.floor(Date.now() / 1000) - DAY);
      const isOld = [{ run: { $lt: dayAgo } }, ...(before === null ? [] : [{ run: before.run }])];
      const filter = { timeperiod, $and: [{ $or: isOld }, { run: { $ne: run } }] };
      await ride(() => sink.deleteMany(filter));
    },
    documents: createRead(connection),
  };
};

const createRead = (connection: MongoConnection): DataStore['documents'] => {
  const heads = connection.collection<HeadDoc>(SINK_HEAD);
  const readHeads = (collection: string, { start, end }: TimeperiodRange): Promise<HeadDoc[]> =>
    heads
      .find({ collection, timeperiod: { $gte: start, $lt: end } })
      .sort({ timeperiod: 1 })
      .toArray();
  const readDocs = (collection: string, { start, end }: TimeperiodRange, runs: readonly ObjectId[]) =>
    connection
      .collection<SinkDoc>(ownedByUser(collection))
      .find({ timeperiod: { $gte: start, $lt: end }, run: { $in: runs } })
      .sort({ timeperiod: 1, key: 1 })
      .toArray();
  return async (name, range) => {
    for (;;) {
      const before = await connection.ride(() => readHeads(name, range));
      const runs = before.map(({ run }) => run);
      const found = await connection.ride(() => readDocs(name, range, runs));
      // A run that was replaced meanwhile may have lost documents before they were read.
      const after = await connection.ride(() => readHeads(name, range));
      if (isSame(before, after)) return found.map(toSinkDocument);
    }
  };
};

const isSame = (some: readonly HeadDoc[], others: readonly HeadDoc[]): boolean =>
  some.length === others.length && some.every(({ run }, index) => others[index]?.run.equals(run) === true);

export const toSinkDoc = ({ timeperiod, key, value }: SinkDocument, run: ObjectId): Omit<SinkDoc, '_id'> => ({
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
