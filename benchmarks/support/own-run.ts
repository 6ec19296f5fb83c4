import { openStore } from '../../db/registry.ts';
import { AS_OF, HOUR, readJournal, runUntilDone } from './synergy.ts';
import type { Journal } from './synergy.ts';
import { withTempFolder } from './temp-folder.ts';
import { systemClock } from '../../lib/system-clock.ts';

export interface OwnRun {
  /** Lifecycles a second from the first request to the last finish, by the journal. */
  readonly rate: number;
  /** The same from the start of the command to its end. */
  readonly withStart: number;
}

export interface OwnRunOptions {
  readonly jobs: number;
  readonly concurrency: number;
  /** Addresses of servers; the embedded ones when left out. */
  readonly store?: string;
  readonly queue?: string;
  /** More options of the command. */
  readonly args?: readonly string[];
}

/** Rows of the journal read at a time. */
const PAGE = 5_000;

/** The same as `readJournal`, of a store on a server. */
const readJournalOf = async (url: string): Promise<Journal> => {
  const store = await openStore(url, { dataDir: '', clock: systemClock });
  let firstRequest = Infinity;
  let lastFinish = 0;
  let finished = 0;
  try {
    for (let after = 0; ;) {
      const rows = await store.journal({ after, limit: PAGE });
      for (const { event, entityKind, to, at } of rows) {
        if (event === 'request') firstRequest = Math.min(firstRequest, at);
        if (entityKind !== 'job' || to !== 'PROCESSED') continue;
        lastFinish = Math.max(lastFinish, at);
        finished++;
      }
      if (rows.length < PAGE) return { firstRequest, lastFinish, finished };
      after = rows.at(-1)?.sequence ?? after;
    }
  } finally {
    await store.close();
  }
};

/** Independent hours whose work is nothing, from an empty folder to the exit of `synergy start`. */
export const ownRun = ({ jobs, concurrency, store, queue, args = [] }: OwnRunOptions): Promise<OwnRun> =>
  withTempFolder(async (folder) => {
    const seconds = await runUntilDone({
      folder,
      args,
      context: 'hours.ts',
      start: AS_OF - (AS_OF % HOUR) - jobs * HOUR,
      asOf: AS_OF,
      environment: {
        BENCH_CONCURRENCY: String(concurrency),
        ...(store === undefined ? {} : { SYNERGY_STORE: store }),
        ...(queue === undefined ? {} : { SYNERGY_QUEUE: queue }),
      },
    });
    const journal = store === undefined ? readJournal(folder) : await readJournalOf(store);
    const { firstRequest, lastFinish, finished } = journal;
    if (finished !== jobs || firstRequest === null || lastFinish === null)
      throw new Error(`expected ${jobs} finished jobs, the journal has ${finished}`);
    return { rate: jobs / ((lastFinish - firstRequest) / 1000), withStart: jobs / seconds };
  });
