import { MongoClient } from 'mongodb';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { writeConcern } from './agenda.ts';
import { wallClock } from './child.ts';

interface Run {
  /** Address of a MongoDB database that holds nothing yet. */
  readonly url: string;
  readonly jobs: number;
  /** Lifecycles that go through each step together. */
  readonly batch: number;
  /** Batches under way at a time. */
  readonly streams: number;
}

interface Row {
  readonly _id: string;
  readonly version?: number;
}

const unordered = { ordered: false } as const;
const ofVersion = (id: string, version: number) => ({ _id: id, version });

/** About as large as ours, and with the note of what is left to be done. */
const fields = (state: string, version: number) => ({
  state,
  version,
  actor: 'worker bench/worker',
  lease: { owner: 'bench/worker', expiresAt: Date.now() },
  token: 'f'.repeat(32),
  pending: { place: version, rows: [{ from: 'REQUESTED', to: state, at: Date.now() }] },
});

const change = (id: string, version: number, state: string): AnyBulkWriteOperation<Row> => ({
  updateOne: { filter: ofVersion(id, version), update: { $set: fields(state, version + 1) } },
});

/** The writes of a batch of lifecycles, each step when the one before it is on the disk. */
const liveThrough = async (
  ids: readonly string[],
  { jobs, units, journal }: Record<'jobs' | 'units' | 'journal', Collection<Row>>,
): Promise<void> => {
  /** Rows of the journal follow the change. */
  const journaled = (event: string): Promise<unknown> =>
    journal.insertMany(
      ids.map((id) => ({ _id: `${id} ${event}`, ...fields(event, 1) })),
      unordered,
    );
  await jobs.insertMany(
    ids.map((_id) => ({ _id, ...fields('IN_PROGRESS', 1) })),
    unordered,
  );
  await Promise.all([
    units.insertMany(
      ids.map((_id) => ({ _id, ...fields('REQUESTED', 1) })),
      unordered,
    ),
    journaled('start'),
    journaled('request'),
  ]);
  await units.bulkWrite(
    ids.map((id) => change(id, 1, 'IN_PROGRESS')),
    unordered,
  );
  await journaled('claim');
  await units.bulkWrite(
    ids.map((id) => change(id, 2, 'PROCESSED')),
    unordered,
  );
  await journaled('report');
  await jobs.bulkWrite(
    ids.map((id) => change(id, 1, 'PROCESSED')),
    unordered,
  );
  await journaled('finish');
};

/** Lifecycles a second that the writes of ours reach as plain calls of the driver, by one process that decides nothing. */
export const mongoCeiling = async ({ url, jobs: total, batch, streams }: Run): Promise<number> => {
  const client = await MongoClient.connect(url, { writeConcern });
  const collection = (name: string): Collection<Row> => client.db().collection<Row>(name);
  const collections = {
    jobs: collection('job'),
    units: collection('unit_of_work'),
    journal: collection('transition'),
  };
  try {
    const all = Array.from({ length: total }, (_, index) => `Hour/${index}`);
    const begun = wallClock();
    const stream = async (): Promise<void> => {
      for (let ids = all.splice(0, batch); ids.length > 0; ids = all.splice(0, batch))
        await liveThrough(ids, collections);
    };
    await Promise.all(Array.from({ length: streams }, stream));
    return total / ((wallClock() - begun) / 1000);
  } finally {
    await client.db().dropDatabase();
    await client.close();
  }
};
