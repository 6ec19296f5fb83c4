import type { Filter } from 'mongodb';
import { uowStates } from '../../domain/machine/uow-machine.ts';
import type { UowState } from '../../domain/machine/uow-machine.ts';
import type { JobPage, Store, UowFilter } from '../store.ts';
import type { Ground } from './ground.ts';
import { jobId, toJob, toUow } from './records.ts';
import type { JobDoc, UowDoc } from './records.ts';

/** Looks for jobs; reads only. */
export const createJobFinder = (ground: Ground): Pick<Store, 'job' | 'loadJobs'> => {
  const jobs = ground.collection<JobDoc>('job');
  return {
    job: async (key) => {
      const doc = await ground.ride(() => jobs.findOne({ _id: jobId(key) }));
      return doc === null ? undefined : toJob(doc);
    },
    loadJobs: () => readPages(ground),
  };
};

const PAGE = 20_000;

const projection = {
  processName: 1,
  timeperiod: 1,
  state: 1,
  version: 1,
  uowCount: 1,
  redo: 1,
  failures: 1,
  relatedUow: 1,
};

/** Ids begin with the process, so those of a process follow each other. The next page is read ahead. */
async function* readPages({ collection, ride }: Ground): AsyncGenerator<JobPage> {
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

/** Looks for units of work; reads only. */
export const createUowFinder = ({
  collection,
  ride,
}: Ground): Pick<Store, 'uows' | 'findUows' | 'overdueUows' | 'countUows'> => {
  const units = collection<UowDoc>('unit_of_work');
  return {
    uows: async (ids) => {
      const found = await ride(() => units.find({ _id: { $in: ids } }).toArray());
      const byId = new Map(found.map((doc) => [doc._id, toUow(doc)]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    findUows: async (filter) => {
      const order = filter.states === undefined ? -1 : 1;
      // In one process the latest timeperiods count as the newest, since they come straight from the index.
      const sort =
        filter.processName === undefined ? ({ order } as const) : ({ timeperiod: order, order } as const);
      const found = await ride(() =>
        units
          .find(toQuery(filter))
          .sort(sort)
          .limit(filter.limit ?? 0)
          .toArray(),
      );
      return found.map(toUow);
    },
    overdueUows: async ({ now, rungBefore, after, limit }) => {
      const due = [
        { state: 'IN_PROGRESS', dueAt: { $lt: now } },
        { state: 'REQUESTED', dueAt: { $lt: rungBefore } },
        { state: 'INVALID', dueAt: { $lte: now } },
      ] as const;
      const filter = { $or: due.map((each) => ({ unprocessed: true, ...each })), _id: { $gt: after ?? '' } };
      const found = await ride(() => units.find(filter).sort({ _id: 1 }).limit(limit).toArray());
      return found.map(toUow);
    },
    countUows: async () => {
      const [counts, total] = await Promise.all([
        ride(() =>
          units
            .aggregate<{ _id: UowState; count: number }>([
              { $match: { unprocessed: true } },
              { $group: { _id: '$state', count: { $sum: 1 } } },
            ])
            .toArray(),
        ),
        // From the collection's own books, since to count millions takes seconds.
        ride(() => units.estimatedDocumentCount()),
      ]);
      const byState = Object.fromEntries(uowStates.map((state) => [state, 0])) as Record<UowState, number>;
      for (const { _id, count } of counts) byState[_id] = count;
      const unprocessed = counts.reduce((sum, { count }) => sum + count, 0);
      return { ...byState, PROCESSED: Math.max(0, total - unprocessed) };
    },
  };
};

const toQuery = ({ processName, timeperiod, entryName, states }: UowFilter): Filter<UowDoc> => {
  const given = Object.entries({ processName, timeperiod, entryName }).filter(
    ([, value]) => value !== undefined,
  );
  if (states === undefined) return Object.fromEntries(given);
  const ofStates = { state: { $in: [...states] } };
  // Few units are unprocessed, and an index knows them.
  const rare = states.includes('PROCESSED') ? {} : { unprocessed: true };
  return { ...Object.fromEntries(given), ...ofStates, ...rare };
};
