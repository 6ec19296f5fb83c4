import type { JobPage, Store } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { jobId, toJob } from './records.ts';
import type { JobDoc } from './records.ts';

/** Looks for jobs; reads only. */
export const createJobFinder = (connection: MongoConnection): Pick<Store, 'job' | 'loadJobs'> => {
  const jobs = connection.collection<JobDoc>('job');
  return {
    job: async (key) => {
      const doc = await connection.ride(() => jobs.findOne({ _id: jobId(key) }));
      return doc === null ? undefined : toJob(doc);
    },
    loadJobs: () => readPages(connection),
  };
};

const PAGE = 5000;

const projection = { consumed: 0, place: 0, pending: 0 };

/** Ids begin with the process, so those of a process follow each other. The next page is read ahead. */
async function* readPages({ collection, ride }: MongoConnection): AsyncGenerator<JobPage> {
  const jobs = collection<JobDoc>('job');
  const read = (after: string): Promise<JobDoc[]> =>
    ride(() =>
      jobs
        .find({ _id: { $gt: after } }, { projection })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray(),
    );
  for (let page = await read(''); page.length > 0;) {
    const next = page.length < PAGE ? Promise.resolve([]) : read(page.at(-1)?._id ?? '');
    // Awaited below, but perhaps only after it failed.
    next.catch(() => undefined);
    for (const name of new Set(page.map(({ processName }) => processName))) {
      yield toPage(
        name,
        page.filter(({ processName }) => processName === name),
      );
    }
    page = await next;
  }
}

const toPage = (processName: string, jobs: readonly JobDoc[]): JobPage => ({
  processName,
  timeperiods: jobs.map(({ timeperiod }) => timeperiod),
  states: jobs.map(({ state }) => state),
  versions: jobs.map(({ version }) => version),
  uowCounts: jobs.map(({ uowCount }) => uowCount),
  redo: jobs.map(({ redo }) => redo),
  failures: jobs.map(({ failures }) => failures),
  relatedUows: jobs.map(({ relatedUow }) => relatedUow),
});
