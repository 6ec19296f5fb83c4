import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda } from 'agenda';
import { MongoClient } from 'mongodb';
import { startModule, wallClock } from './child.ts';

/** What a worker says after its last job. */
export interface AgendaResult {
  readonly doneAt: number;
}

export const JOB = 'nothing';
/** As ours: on the disks of most members before it counts. */
export const writeConcern = { w: 'majority', journal: true } as const;
/** Jobs that are added at the same time. */
const ADDED_AT_ONCE = 100;

interface Run {
  /** Address of a MongoDB database that holds nothing yet. */
  readonly url: string;
  readonly jobs: number;
  readonly concurrency: number;
  /** Between two looks for work, milliseconds: nothing wakes its worker. */
  readonly pause: number;
}

/** Jobs a second, from the first one being added to the last one being completed; both go on at the same time. */
export const agendaRate = async ({ url, jobs, concurrency, pause }: Run): Promise<number> => {
  const client = await MongoClient.connect(url, { writeConcern });
  const agenda = new Agenda({ backend: new MongoBackend({ mongo: client.db() }) });
  await agenda.ready;
  const worker = await startModule('peers/agenda-worker.ts', [url, concurrency, pause, jobs]);
  try {
    await worker.message();
    const begun = wallClock();
    const result = worker.message() as Promise<AgendaResult>;
    for (let added = 0; added < jobs; added += ADDED_AT_ONCE) {
      const batch = Array.from({ length: Math.min(ADDED_AT_ONCE, jobs - added) });
      await Promise.all(batch.map(() => agenda.now(JOB)));
    }
    return jobs / (((await result).doneAt - begun) / 1000);
  } finally {
    await worker.end();
    await client.db().dropDatabase();
    await client.close();
  }
};
