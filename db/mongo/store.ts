import { MongoClient, ReadConcern } from 'mongodb';
import type { DbOptions, MongoClientOptions } from 'mongodb';
import { SynergyError } from '../../domain/errors.ts';
import { unreadableText } from '../../domain/model/unreadable.ts';
import type { SetAside } from '../../domain/model/unreadable.ts';
import { redactUrl } from '../../domain/redact-url.ts';
import { createCollections } from '../collection-rows.ts';
import type { RowsOf } from '../collection-rows.ts';
import { findUnreadable, withCollections } from '../collection-state.ts';
import { movingFitValues, takingFitValues } from '../fit-values.ts';
import type { MovableStore } from '../transfer.ts';
import { createChanges } from './commit/changes.ts';
import { createRowsOf } from './collection-rows.ts';
import { createCommit } from './commit/commit.ts';
import { toStoreError } from './failure.ts';
import { createCloseGuard } from './close-guard.ts';
import { createMongoConnection } from './connection.ts';
import type { MongoConnection } from './connection.ts';
import { createExpiry } from './expiry/expiry.ts';
import { ensureIndexes } from './indexes.ts';
import { createJobFinder } from './job-finder.ts';
import { createJournal } from './journal.ts';
import { createLeases } from './leases.ts';
import { createLocks } from './lock.ts';
import { createLogs } from './logs.ts';
import { createMembers } from './members.ts';
import { ensureSchema } from './schema.ts';
import { createJournalSequence } from './commit/journal-sequence.ts';
import { createSink } from './sink.ts';
import { createSource, createWatermarks } from './source.ts';
import { stopwatch } from './space.ts';
import { createTransfer } from './transfer/transfer.ts';
import { createUowFinder } from './uow-finder.ts';
import { createClaims } from './claims.ts';

export interface MongoSettings {
  /** ms for which an outage is ridden out before a call rejects. Default 30,000. */
  readonly patience?: number;
  /** ms without an answer after which a connection counts as cut; time-outs in the address win. Default 10,000. */
  readonly silence?: number;
  /** ms that a lock lasts when its holder does not renew it. Default 6,000. */
  readonly lockTerm?: number;
}

const DEFAULT_DATABASE = 'synergy';

/** Name of the database in an address; the driver would take `test` where there is none. */
const databaseIn = (url: string): string =>
  decodeURIComponent(/^[^/]*\/\/[^/]*\/([^?]*)/.exec(url)?.[1] ?? '') || DEFAULT_DATABASE;

const connect = async (url: string, where: string, silence: number): Promise<MongoClient> => {
  const timeOuts = ['serverSelectionTimeoutMS', 'connectTimeoutMS', 'socketTimeoutMS']
    .filter((name) => !url.includes(`${name}=`))
    .map((name): [string, number] => [name, silence]);
  const options: MongoClientOptions = {
    appName: 'synergy-scheduler',
    ...Object.fromEntries(timeOuts),
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true },
  };
  const client = newClient(url, where, options);
  try {
    return await client.connect();
  } catch (error) {
    throw toStoreError(error, where);
  }
};

const newClient = (url: string, where: string, options: MongoClientOptions): MongoClient => {
  try {
    return new MongoClient(url, options);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new SynergyError('INVALID_SETTING', `store '${where}' is not an address of MongoDB: ${because}`);
  }
};

/** A member of a replica set can promise what it reads; a standalone has no other member to agree with. */
const readConcernOf = async (client: MongoClient): Promise<DbOptions> => {
  const hello = await client.db('admin').command({ hello: 1 });
  const isReplicated = hello['setName'] !== undefined || hello['msg'] === 'isdbgrid';
  return isReplicated ? { readConcern: new ReadConcern('majority') } : {};
};

/**
 * Opens the store in a MongoDB database: standalone, replica set or sharded cluster. Makes what is
 * missing there. Throws `STORE_UNREACHABLE`, `STORE_REFUSED` or `STORE_VERSION`, in one line that says what to do.
 */
export const openMongoStore = async (url: string, settings: MongoSettings = {}): Promise<MovableStore> => {
  const { patience = 30_000, silence = 10_000, lockTerm = 6_000 } = settings;
  const where = redactUrl(url);
  const client = await connect(url, where, silence);
  try {
    const name = databaseIn(url);
    const { ride } = createMongoConnection({ db: client.db(name), where, patience });
    const db = client.db(name, await ride(() => readConcernOf(client)));
    const connection = createMongoConnection({ db, where, patience });
    const [{ version }] = await Promise.all([
      ride(() => client.db('admin').command({ buildInfo: 1 })),
      ensureSchema(connection).then(() => ensureIndexes(connection)),
    ]);
    return createStore(connection, { client, server: `MongoDB ${String(version)}`, lockTerm });
  } catch (error) {
    await client.close();
    throw toStoreError(error, where);
  }
};

/** These documents were changed by other programs: only a user can tell what is worth keeping. */
const refuseUnreadable = async (rowsOf: RowsOf): Promise<SetAside> => {
  const [first, ...others] = await findUnreadable(rowsOf, 'all');
  if (first === undefined) return { file: undefined, done: [] };
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new SynergyError(
    'VALUE_UNREADABLE',
    `${unreadableText(first.value)}${more} cannot be read back, and are not repaired on MongoDB: mend or delete the documents with mongosh, then run 'synergy db check' again`,
  );
};

const nature: Pick<MovableStore, 'name' | 'capabilities'> = {
  name: 'mongodb',
  capabilities: { atomicGroups: false, shared: true, commitLog: null },
};

interface Opened {
  readonly client: MongoClient;
  readonly server: string;
  readonly lockTerm: number;
}

const createStore = (connection: MongoConnection, { client, server, lockTerm }: Opened): MovableStore => {
  const closeGuard = createCloseGuard();
  const sequence = createJournalSequence(connection);
  const changes = createChanges(connection, sequence);
  const rowsOf: RowsOf = (spec) => closeGuard.guard(createRowsOf(connection, sequence, changes.seen)(spec));
  const parts = { connection, changes, sequence, ...createCollections(rowsOf) };
  const locks = createLocks(connection, lockTerm);
  const transfer = withCollections(createTransfer(connection, sequence), rowsOf);
  const { loadJobs, ...jobFinder } = createJobFinder(connection);
  const sink = createSink(connection);
  return takingFitValues({
    ...nature,
    server,
    loadJobs,
    collection: parts.collection,
    ...stopwatch,
    unreadable: async (scope) => (await findUnreadable(rowsOf, scope)).map(({ value }) => value),
    setUnreadableAside: () => refuseUnreadable(rowsOf),
    ...closeGuard.guard({
      ...createCommit(parts),
      beginEpoch: sequence.beginEpoch,
      latestEpoch: sequence.latestEpoch,
      ...jobFinder,
      ...createUowFinder(connection),
      ...createClaims(parts),
      ...createLeases(connection),
      ...createJournal(connection),
      ...createLogs(connection),
      ...createMembers(connection),
      ...createExpiry(parts),
      tryLock: locks.tryLock,
    }),
    data: closeGuard.guard({ ...createSource(connection, sink), ...createWatermarks(connection), ...sink }),
    transfer: movingFitValues({
      ...closeGuard.guard<Pick<typeof transfer, 'count' | 'write'>>(transfer),
      pages: (table, size) => transfer.pages(table, size),
    }),
    close: () =>
      closeGuard.close(async () => {
        connection.hurry();
        await Promise.all([sequence.flush().catch(() => undefined), locks.releaseAll()]);
        await client.close();
      }),
  });
};
