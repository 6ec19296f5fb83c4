import { createHash } from 'node:crypto';
import { ObjectId } from 'mongodb';
import type { StateRows } from '../../transfer.ts';
import type { MongoConnection } from '../connection.ts';
import { headId, indexSink, SINK_HEAD, toSinkDoc, toSinkDocument } from '../sink.ts';
import type { HeadDoc, SinkDoc } from '../sink.ts';
import { putAll, stream, tableAcross } from './table.ts';
import type { TransferTable } from './table.ts';

type Row = StateRows['sink_document'];

/** Sink documents: those of the runs that the heads of their timeperiods point to. */
export const sinkTable = (connection: MongoConnection): TransferTable<Row> => {
  const heads = connection.collection<HeadDoc>(SINK_HEAD);
  const sinks = (): Promise<string[]> => connection.ride(() => heads.distinct('collection'));
  return tableAcross<Row>(sinks, (collection) => {
    const sink = connection.collection<SinkDoc>(collection);
    const written = { run: { $exists: true } };
    return {
      count: () => connection.ride(() => sink.countDocuments(written)),
      rows: async function* (batch): AsyncGenerator<Row, undefined> {
        const current = stream(connection, heads.find({ collection }).sort({ timeperiod: 1 }), batch);
        const found = stream(connection, sink.find(written).sort({ timeperiod: 1, key: 1 }), batch);
        let head = (await current.next()).value;
        for await (const doc of found) {
          while (head !== undefined && head.timeperiod < doc.timeperiod) head = (await current.next()).value;
          if (head?.timeperiod !== doc.timeperiod || !head.run.equals(doc.run)) continue;
          yield { ...toSinkDocument(doc), collection };
        }
      },
      write: async (rows) => {
        await indexSink(connection, collection);
        const runs = await beginRuns(connection, collection, [...new Set(rows.map((row) => row.timeperiod))]);
        const documents = rows.map((row) => toSinkDoc(row, runs.get(row.timeperiod) as ObjectId));
        const known = documents.map((doc) => ({ ...doc, _id: idOf(doc) }));
        await putAll(connection, collection, known);
      },
    };
  });
};

/** The runs of timeperiods, made where there is none: rows that come in several calls get the same. */
const beginRuns = async (
  { ride, collection: open }: MongoConnection,
  collection: string,
  timeperiods: readonly string[],
): Promise<ReadonlyMap<string, ObjectId>> => {
  const heads = open<HeadDoc>(SINK_HEAD);
  const ids = timeperiods.map((timeperiod) => headId(collection, timeperiod));
  const fresh = timeperiods.map((timeperiod, i) => ({
    updateOne: {
      filter: { _id: ids[i] ?? '' },
      update: { $setOnInsert: { collection, timeperiod, run: new ObjectId() } },
      upsert: true,
    },
  }));
  await ride(() => heads.bulkWrite(fresh, { ordered: false }));
  const found = await ride(() => heads.find({ _id: { $in: ids } }).toArray());
  return new Map(found.map(({ timeperiod, run }) => [timeperiod, run]));
};

/** The same document has the same id, so that it can be put twice. */
const idOf = ({ run, timeperiod, key }: Omit<SinkDoc, '_id'>): ObjectId => {
  const hash = createHash('sha256').update(`${run.toHexString()} ${timeperiod} ${key}`);
  return new ObjectId(hash.digest().subarray(0, 12));
};
