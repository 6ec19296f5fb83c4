import type { JobState } from '../../domain/machine/job-machine.ts';
import type { SqliteConnection } from '../../sqlite/connection.ts';
import type { Row } from '../../sqlite/statement.ts';
import type { JobPage, Store } from '../store.ts';
import { jobTable } from './job-table.ts';

/** Looks for jobs; reads only. */
export type JobFinder = Pick<Store, 'job' | 'loadJobs'>;

export const createJobFinder = (connection: SqliteConnection): JobFinder => {
  const select = connection.prepare(
    `SELECT ${jobTable.json} FROM job WHERE process_name = ? AND timeperiod = ?`,
  );
  return {
    job: ({ processName, timeperiod }) =>
      connection.read(() => {
        const row = select.get(processName, timeperiod);
        return row && jobTable.parse(row);
      }),
    loadJobs: () => readPages(connection),
  };
};

// A page is read in one go; so many rows keep the event loop for some 25 ms.
const PAGE = 20_000;

const columns = ['timeperiod', 'state', 'version', 'uow_count', 'redo', 'failures', 'related_uow'];

/** A column of a page travels as one JSON text: half the time of reading rows. */
async function* readPages(connection: SqliteConnection): AsyncGenerator<JobPage> {
  const nextProcess = connection.prepare('SELECT min(process_name) FROM job WHERE process_name > ?');
  const page = connection.prepare(`
    SELECT ${columns.map((column) => `json_group_array(${column})`).join(', ')}
    FROM (SELECT * FROM job WHERE process_name = ? AND timeperiod > ? ORDER BY timeperiod LIMIT ${PAGE})`);
  const following = async (name: string): Promise<string | null> =>
    (await connection.read(() => nextProcess.get(name)))?.[0] as string | null;

  for (let name = await following(''); name !== null; name = await following(name)) {
    const processName = name;
    for (let last: string | undefined = ''; last !== undefined;) {
      const after: string = last;
      const row = await connection.read(() => page.get(processName, after));
      const found = toPage(processName, row as Row);
      if (found.timeperiods.length > 0) yield found;
      last = found.timeperiods.length < PAGE ? undefined : found.timeperiods.at(-1);
    }
  }
}

const toPage = (processName: string, row: Row): JobPage => {
  const column = <T>(index: number): T[] => JSON.parse(row[index] as string) as T[];
  return {
    processName,
    timeperiods: column<string>(0),
    states: column<JobState>(1),
    versions: column<number>(2),
    uowCounts: column<number>(3),
    redo: column<number>(4).map(Boolean),
    failures: column<number>(5),
    relatedUows: column<string | null>(6),
  };
};
