import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { home, startChild, wallClock } from './child.ts';
import type { Child } from './child.ts';

export const HOUR = 3_600_000;

/** The instant at which the timetables of the benchmarks stand: a little after an hour, beyond the start lag. */
export const AS_OF = Date.UTC(2026, 0, 1, 0, 30);

/** The hour around an instant as settings want it, `YYYYMMDDHH`. */
export const hourOf = (instant: number): string =>
  new Date(instant).toISOString().slice(0, 13).replace(/\D/g, '');

export interface SynergyOptions {
  /** Working folder; the store lies in `data` below it. */
  readonly folder: string;
  /** A file of `contexts/`; the demo suite when left out. */
  readonly context?: string;
  readonly args?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

export const dataDirOf = (folder: string): string => join(folder, 'data');

/** Runs `synergy start` as a person would: supervisor, scheduler and worker in processes of their own. */
export const startSynergy = ({ folder, context, args = [], ...rest }: SynergyOptions): Promise<Child> => {
  const which =
    context === undefined ? ['--demo'] : ['--context', join(home, 'benchmarks/contexts', context)];
  const where = ['--data-dir', dataDirOf(folder), '--mx-port', '0'];
  return startChild(process.execPath, [join(home, 'dist/launch.js'), 'start', ...which, ...where, ...args], {
    folder,
    ...rest,
  });
};

/** Runs until every period from `start` to `AS_OF` is finished; resolves with the seconds from start to exit. */
export const runUntilDone = async (
  options: SynergyOptions & { readonly start: number; readonly asOf: number },
): Promise<number> => {
  const period = [
    '--start-timeperiod',
    hourOf(options.start),
    '--as-of',
    new Date(options.asOf).toISOString(),
  ];
  let last = '';
  const child = await startSynergy({
    ...options,
    args: [...period, '--until-done', ...(options.args ?? [])],
    onLine: (line) => (last = line),
  });
  const code = await child.exit;
  if (code !== 0) throw new Error(`synergy start ended with ${code ?? 'a signal'}: ${last}`);
  return (wallClock() - child.startedAt) / 1000;
};

/** What the journal of a store says of the time since an instant. */
export interface Journal {
  /** Instants, ms; null when there was none. */
  readonly firstRequest: number | null;
  readonly lastFinish: number | null;
  /** Jobs that became PROCESSED. */
  readonly finished: number;
}

export const readJournal = (folder: string, since = 0): Journal => {
  const database = new DatabaseSync(join(dataDirOf(folder), 'synergy.db'), { readOnly: true });
  try {
    const sql = `
      SELECT min(at) FILTER (WHERE event = 'request') AS firstRequest,
             max(at) FILTER (WHERE entity_kind = 'job' AND "to" = 'PROCESSED') AS lastFinish,
             count(*) FILTER (WHERE entity_kind = 'job' AND "to" = 'PROCESSED') AS finished
      FROM transition WHERE at >= ?`;
    return database.prepare(sql).get(since) as Journal;
  } finally {
    database.close();
  }
};
