import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { ABOUT, COUNTER } from '../../db/mongo/commit/journal-sequence.ts';
import { TRANSITION } from '../../db/mongo/journal.ts';
import { LOCK } from '../../db/mongo/lock.ts';
import { jobId } from '../../db/mongo/records.ts';
import type { JobDoc } from '../../db/mongo/records.ts';
import { openMongoStore } from '../../db/mongo/store.ts';
import { jobUowId } from '../../domain/model/entity.ts';
import { buildTimetable } from '../../domain/timetable/timetable.ts';
import { servicePids, synergy } from '../../tests/support/synergy.ts';
import type { Run } from '../../tests/support/synergy.ts';
import { home } from './child.ts';
import { AS_OF, HOUR, hourOf } from './synergy.ts';
import { treesContext } from './trees.ts';

/** Jobs that are inserted at once. */
const BATCH = 5_000;
/** Longest wait for a box, ms. */
const PATIENCE = 300_000;

/** Uses a database as it is on its server. */
export const withDatabase = async <T>(url: string, use: (db: Db) => Promise<T>): Promise<T> => {
  const client = await MongoClient.connect(url, { directConnection: true });
  try {
    return await use(client.db());
  } finally {
    await client.close();
  }
};

/** Hours before `AS_OF` that nothing has begun of. */
const OPEN_HOURS = 2;

/** Fills a database as if the twenty trees had run since `start`; resolves with the number of jobs. */
export const fillTrees = async (url: string, start: number): Promise<number> => {
  await (await openMongoStore(url)).close();
  return withDatabase(url, async (db) => {
    const collection = db.collection<JobDoc>('job');
    const end = AS_OF - (AS_OF % HOUR) - OPEN_HOURS * HOUR;
    let jobs = 0;
    let batch: JobDoc[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await collection.insertMany(batch, { ordered: false });
      jobs += batch.length;
      batch = [];
    };
    for (const level of buildTimetable(treesContext(), { start, now: AS_OF }).levels.values())
      for (let index = 0; index < level.size && level.startAt(index + 1) <= end; index++) {
        const key = { processName: level.process.name, timeperiod: level.timeperiod(index) };
        const done = { state: 'PROCESSED', version: 2, uowCount: 1, failures: 0, redo: false } as const;
        batch.push({
          ...{ _id: jobId(key), ...key, ...done, relatedUow: jobUowId(key, 1), consumed: null, place: 0 },
        });
        if (batch.length === BATCH) await flush();
      }
    await flush();
    return jobs;
  });
};

/** A box with scheduler, worker and supervisor. */
export interface Box {
  readonly folder: string;
  run: Run;
}

/** Starts a box of the trees. */
export const startBox = (
  folder: string,
  { store, queue, start }: { readonly store: string; readonly queue: string; readonly start: number },
): Box => {
  const settings = {
    ...{
      store,
      queue,
      boxId: folder.split('/').at(-1),
      mxPort: 0,
      context: join(home, 'benchmarks/contexts/trees.ts'),
    },
    ...{ startTimeperiod: hourOf(start), asOf: new Date(AS_OF).toISOString() },
  };
  writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify(settings));
  return { folder, run: synergy(folder, 'start') };
};

/** Starts it again. */
export const startAgain = (box: Box): void => {
  box.run = synergy(box.folder, 'start');
};

/** Resolves once the log of the scheduler of a box has a line more of this text than `before`. */
export const logged = async ({ folder }: Box, text: string, before = 0): Promise<void> => {
  const end = Date.now() + PATIENCE;
  while (timesLogged(folder, text) <= before) {
    if (Date.now() > end) throw new Error(`'${text}' was not logged within ${PATIENCE / 1000} s`);
    await sleep(50);
  }
};

/** How often the scheduler of a box has logged a text. */
export const timesLogged = (folder: string, text: string): number => {
  try {
    return readFileSync(join(folder, 'synergy-data/logs/scheduler.log'), 'utf8').split(text).length - 1;
  } catch {
    return 0;
  }
};

/** Kills services of a box as nothing can prevent; all of them when none are named. */
export const killBox = async ({ folder, run }: Box, names: readonly string[] = []): Promise<number> => {
  const pids = Object.entries(await servicePids(folder)).filter(
    ([name]) => names.length === 0 || names.includes(name),
  );
  // The supervisor first: it would start the others again.
  pids.sort(([a], [b]) => Number(b === 'supervisor') - Number(a === 'supervisor'));
  const at = Date.now();
  for (const [, pid] of pids) process.kill(pid, 'SIGKILL');
  if (names.length === 0) await run.ended;
  return at;
};

/** That the process of its holder is gone is not to be seen from elsewhere. */
export const putElsewhere = async (db: Db): Promise<void> => {
  await db.collection(LOCK).updateMany({}, { $set: { machine: 'elsewhere' } });
};

export const epochOf = async (db: Db): Promise<number> =>
  (await db.collection<{ _id: string; epoch?: number }>(ABOUT).findOne({ _id: COUNTER }))?.epoch ?? 0;

/** When the first row was written under a later epoch, ms since 1970; undefined while there is none. */
export const firstDecision = async (db: Db, epoch: number): Promise<number | undefined> => {
  const later = { epoch: { $gt: epoch }, actor: { $not: /^worker/ } };
  const [row] = await db
    .collection<{ _id: number; at: number }>(TRANSITION)
    .find(later)
    .sort({ _id: 1 })
    .limit(1)
    .toArray();
  return row?.at;
};
