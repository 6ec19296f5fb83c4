import { MongoClient } from 'mongodb';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { openStore } from '../../db/registry.ts';
import { writeConcern } from './agenda.ts';
import { wallClock } from './child.ts';
import { systemClock } from '../../lib/system-clock.ts';

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
  readonly _id: string | number;
  readonly version?: number;
}

const unordered = { ordered: false } as const;
let place = 0;

const row = (entityId: string, version: number, event: string) => ({
  _id: ++place,
  entityKind: 'uow',
  entityId,
  version,
  from: 'REQUESTED',
  to: 'IN_PROGRESS',
  event,
  at: Date.now(),
  actor: 'worker bench/worker',
  reason: null,
  epoch: 0,
  attempt: 1,
});

/** What a change sets, with the note of what is left to be done. */
const fields = (entityId: string, state: string, version: number) => ({
  state,
  version,
  place: ++place,
  dueAt: Date.now(),
  unprocessed: state !== 'PROCESSED',
  lease: { owner: 'bench/worker', expiresAt: Date.now() },
  token: 'f'.repeat(32),
  pending: { place, rows: [row(entityId, version, state)], rest: [] },
});

const record = (_id: string, state: string) => ({
  _id,
  kind: 'managed',
  processName: 'Hour',
  timeperiod: _id.slice(-10),
  order: place,
  source: null,
  sink: null,
  arguments: '{}',
  createdAt: Date.now(),
  submittedAt: Date.now(),
  notBefore: null,
  ...fields(_id, state, 1),
});

const change = (_id: string, version: number, state: string): AnyBulkWriteOperation<Row> => ({
  updateOne: { filter: { _id, version }, update: { $set: fields(_id, state, version + 1) } },
});

/** The writes of a batch of lifecycles, each step when the one before it is on the disk. */
const liveThrough = async (
  ids: readonly string[],
  { jobs, units, journal }: Record<'jobs' | 'units' | 'journal', Collection<Row>>,
): Promise<void> => {
  const unit = (id: string): string => `${id}#1`;
  /** Rows of the journal follow the change. */
  const journaled = (entities: readonly string[], version: number, event: string): Promise<unknown> =>
    journal.insertMany(
      entities.map((id) => row(id, version, event)),
      unordered,
    );
  await jobs.insertMany(
    ids.map((id) => record(id, 'IN_PROGRESS')),
    unordered,
  );
  await Promise.all([
    units.insertMany(
      ids.map((id) => record(unit(id), 'REQUESTED')),
      unordered,
    ),
    journaled([...ids, ...ids.map(unit)], 1, 'start'),
  ]);
  await units.bulkWrite(
    ids.map((id) => change(unit(id), 1, 'IN_PROGRESS')),
    unordered,
  );
  await journaled(ids.map(unit), 2, 'claim');
  await units.bulkWrite(
    ids.map((id) => change(unit(id), 2, 'PROCESSED')),
    unordered,
  );
  await journaled(ids.map(unit), 3, 'complete');
  await jobs.bulkWrite(
    ids.map((id) => change(id, 1, 'PROCESSED')),
    unordered,
  );
  await journaled(ids, 2, 'complete');
};

/**
 * Lifecycles a second that the writes of ours reach as plain calls of the driver, into the same collections with the
 * same indexes, by one process that reads nothing and decides nothing.
 */
export const mongoCeiling = async ({ url, jobs: total, batch, streams }: Run): Promise<number> => {
  await (await openStore(url, { dataDir: '', clock: systemClock })).close();
  const client = await MongoClient.connect(url, { writeConcern });
  const collection = (name: string): Collection<Row> => client.db().collection<Row>(name);
  const collections = {
    jobs: collection('job'),
    units: collection('unit_of_work'),
    journal: collection('transition'),
  };
  try {
    const all = Array.from({ length: total }, (_, index) => `Hour/${String(2_000_000_000 + index)}`);
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
