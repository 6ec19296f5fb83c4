import { ObjectId } from 'mongodb';
import type { StateRows } from '../transfer.ts';
import type { Ground } from './ground.ts';
import { again } from './keyed.ts';
import { headId, indexSink, SINK_HEAD, toSinkDoc, toSinkDocument } from './sink.ts';
import type { HeadDoc, SinkDoc } from './sink.ts';
import { countAcross, groupBy, readAcross } from './transfer-across.ts';
import { replaceAll } from './transfer-table.ts';
import type { TransferTable } from './transfer-table.ts';

type Row = StateRows['sink_document'];

/** Sink documents: those that the heads of their timeperiods point to. */
export const sinkTable = (ground: Ground): TransferTable<Row> => {
  const heads = ground.collection<HeadDoc>(SINK_HEAD);
  const sinks = (): Promise<string[]> => ground.ride(() => heads.distinct('collection'));
  return {
    count: async () =>
      countAcross(await sinks(), (name) =>
        ground.ride(() => ground.collection<SinkDoc>(name).countDocuments({ run: { $exists: true } })),
      ),
    read: readAcross<Row>(sinks, createReadOne(ground)),
    write: createWrite(ground),
  };
};

/** Timeperiods whose documents are read by one command. */
const HEADS = 100;

const createReadOne = (ground: Ground) => {
  const heads = ground.collection<HeadDoc>(SINK_HEAD);
  const readDocs = (page: readonly HeadDoc[], after: Row | undefined, limit: number): Promise<SinkDoc[]> => {
    const [first] = page;
    if (first === undefined) return Promise.resolve([]);
    const from = after?.timeperiod === first.timeperiod ? after : undefined;
    const filter = {
      timeperiod: { $gte: first.timeperiod, $lte: page.at(-1)?.timeperiod ?? '' },
      run: { $in: page.map(({ run }) => run) },
      ...(from && { $or: [{ timeperiod: { $gt: from.timeperiod } }, { key: { $gt: from.key } }] }),
    };
    const sink = ground.collection<SinkDoc>(first.collection);
    return sink.find(filter).sort({ timeperiod: 1, key: 1 }).limit(limit).toArray();
  };

  return async (collection: string, after: Row | undefined, limit: number): Promise<Row[]> => {
    const rows: Row[] = [];
    let bound: Partial<Record<'$gt' | '$gte', string>> = { $gte: after?.timeperiod ?? '' };
    for (let isMore = true; isMore && rows.length < limit;) {
      const filter = { collection, timeperiod: bound };
      const page = await ground.ride(() => heads.find(filter).sort({ timeperiod: 1 }).limit(HEADS).toArray());
      const docs = await ground.ride(() => readDocs(page, after, limit - rows.length));
      rows.push(...docs.map((doc) => ({ ...toSinkDocument(doc), collection })));
      bound = { $gt: page.at(-1)?.timeperiod ?? '' };
      isMore = page.length === HEADS;
    }
    return rows;
  };
};

const createWrite = (ground: Ground): TransferTable<Row>['write'] => {
  const heads = ground.collection<HeadDoc>(SINK_HEAD);
  /** The run of a timeperiod, made when there is none: rows that come in several calls get the same. */
  const runOf = async ({ collection, timeperiod }: Row): Promise<ObjectId> => {
    const run = new ObjectId();
    const key = { _id: headId(collection, timeperiod) };
    const fresh = { $setOnInsert: { collection, timeperiod, run } };
    const put = () => heads.findOneAndUpdate(key, fresh, { upsert: true, returnDocument: 'after' });
    return (await ground.ride(() => again(put)))?.run ?? run;
  };
  return async (rows) => {
    for (const ofPeriod of groupBy(rows, (row) => headId(row.collection, row.timeperiod)).values()) {
      const [first] = ofPeriod;
      if (first === undefined) continue;
      await indexSink(ground, first.collection);
      const run = await runOf(first);
      const documents = ofPeriod.map((row) => ({
        filter: { timeperiod: row.timeperiod, key: row.key, run },
        replacement: toSinkDoc(row, run),
      }));
      await replaceAll<SinkDoc>(ground, first.collection, documents);
    }
  };
};
