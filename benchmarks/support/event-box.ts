import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from '@photostructure/sqlite';
import { readServiceFile } from '../../supervisor/service-file.ts';
import { startModule, wallClock } from './child.ts';
import type { Child } from './child.ts';
import { dueTriggers, importTriggers } from './event-triggers.ts';
import { latenessOf } from './event-target.ts';
import type { EventTarget, Lateness } from './event-target.ts';
import { usageOf } from './process-tree.ts';
import { dataDirOf, startSynergy } from './synergy.ts';

/** Longest wait for requests, ms. */
export const PATIENCE = 60_000;
/** Between the last trigger being put and the first instant, ms, and the time in which 1,000 of them are put. */
const AHEAD = 2_000;
const PUT = 3_000;

/** The first instant of so many triggers that are about to be put. */
export const instantFor = (count: number): number =>
  Math.ceil((wallClock() + AHEAD + (PUT * count) / 1000) / 1000) * 1000;

/** Resolves half a second before an instant. Throws when that is past. */
export const untilBefore = async (instant: number): Promise<void> => {
  const wait = instant - 500 - wallClock();
  if (wait < 0) throw new Error('the instant came before all was put that is due at it: give it more time');
  await sleep(wait);
};

/** Fills a store with triggers that wait, and one that is due in a second. */
export const fillWithTriggers = async (folder: string, count: number, url: string): Promise<void> => {
  const child = await startModule('parts/seed-triggers.ts', [dataDirOf(folder), count, url]);
  await child.message();
  await child.exit;
};

/** A box at work. */
export interface Box {
  readonly child: Child;
  readonly dataDir: string;
  readonly dashboard: string;
  readonly pids: { readonly scheduler: number; readonly worker: number };
}

/** Runs a box with event triggers. */
export const withBox = async <T>(folder: string, use: (box: Box) => Promise<T>): Promise<T> => {
  let tell: (line: string) => void;
  const told = new Promise<string>((resolve) => (tell = resolve));
  const child = await startSynergy({
    folder,
    context: 'events.ts',
    args: ['--events', '--event-triggers', '1000000', '--event-allow', '127.0.0.1'],
    onLine: (line) => line.startsWith('dashboard: ') && tell(line.slice('dashboard: '.length).trim()),
  });
  try {
    const dashboard = await Promise.race([told, child.early()]);
    const dataDir = dataDirOf(folder);
    const pidOf = (service: string): number => readServiceFile(dataDir, service)?.pid ?? 0;
    return await use({
      child,
      dataDir,
      dashboard,
      pids: { scheduler: pidOf('scheduler'), worker: pidOf('event-worker') },
    });
  } finally {
    await child.end();
  }
};

const cpuOf = (pid: number): number => usageOf(pid).cpuSeconds;

/** When the executions of triggers whose names begin so were claimed last, ms. */
const lastClaim = (dataDir: string, name: string): number => {
  const database = new DatabaseSync(join(dataDir, 'synergy.db'), { readOnly: true });
  try {
    const sql = `SELECT max(at) AS at FROM transition WHERE event = 'claim' AND entity_id LIKE 'Events:local/${name}-%'`;
    return (database.prepare(sql).get() as { at: number }).at;
  } finally {
    database.close();
  }
};

/** What became of triggers that were due. */
export interface Firing extends Lateness {
  /** From the first instant until the last execution was with a worker, ms. */
  readonly handedOver: number;
  /** Processor time of scheduler and worker for a delivery, ms. */
  readonly scheduler: number;
  readonly worker: number;
}

/** Puts triggers that are due within `over` ms, and follows them to the target; meanwhile something else may go on. */
export const fire = async (
  { dashboard, dataDir, pids }: Box,
  target: EventTarget,
  { name, count, over }: { name: string; count: number; over: number },
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<Firing> => {
  const from = instantFor(count);
  await importTriggers(dashboard, dueTriggers(count, { name, from, over, url: target.url }));
  await untilBefore(from);
  const before = { scheduler: cpuOf(pids.scheduler), worker: cpuOf(pids.worker) };
  const other = meanwhile();
  const lateness = latenessOf(await target.take(count, PATIENCE), count);
  await sleep(500);
  const costOf = (who: 'scheduler' | 'worker'): number => ((cpuOf(pids[who]) - before[who]) / count) * 1000;
  const [scheduler, worker] = [costOf('scheduler'), costOf('worker')];
  await other;
  return { ...lateness, handedOver: lastClaim(dataDir, name) - from, scheduler, worker };
};
