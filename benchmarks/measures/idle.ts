import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { wallClock } from '../support/child.ts';
import { startSynergy } from '../support/synergy.ts';
import { treeOf, usageOf } from '../support/process-tree.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Time in which what was due at the start gets done, s. */
const SETTLE = 20;

interface Footprint {
  readonly firstJob: number;
  readonly processes: number;
  readonly megabytes: number;
  readonly cpuPercent: number;
}

const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + usageOf(pid).cpuSeconds, 0);

/** Starts the demo, waits for its first job, lets it settle and watches it for `seconds`. */
const watch = (seconds: number, settle: number): Promise<Footprint> =>
  withTempFolder(async (folder) => {
    let tellFirst: () => void;
    const first = new Promise<void>((resolve) => (tellFirst = resolve));
    const child = await startSynergy({
      folder,
      onLine: (line) => {
        if (line.startsWith('first job finished')) tellFirst();
      },
    });
    try {
      await Promise.race([first, child.early()]);
      const firstJob = (wallClock() - child.startedAt) / 1000;
      await sleep(settle * 1000);
      const pids = treeOf(child.pid);
      const before = cpuOf(pids);
      await sleep(seconds * 1000);
      const cpuPercent = ((cpuOf(pids) - before) / seconds) * 100;
      const bytes = pids.reduce((sum, pid) => sum + usageOf(pid).pssBytes, 0);
      return { firstJob, processes: pids.length, megabytes: bytes / 1e6, cpuPercent };
    } finally {
      await child.end();
    }
  });

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const starts: Footprint[] = [];
  // Only the last one is watched for long: the others are for the time of the first job.
  for (let round = 0; round < (quick ? 0 : 2); round++) starts.push(await watch(0.1, 0));
  const footprint = await watch(quick ? 2 : 30, quick ? 1 : SETTLE);
  const how = `demo suite, ${SETTLE} s after its first job, over 30 s`;
  const figure = (name: string, value: number, unit: string, atMost: number): Figure => ({
    name,
    value,
    unit,
    durability: '-',
    how,
    target: { atMost },
  });
  return [
    {
      ...figure(
        'start to first finished job',
        median([...starts, footprint].map((each) => each.firstJob)),
        's',
        5,
      ),
      durability: 'FULL (SQLite)',
      how: `demo suite in an empty folder, median of ${starts.length + 1}`,
    },
    figure('processes', footprint.processes, '', 4),
    figure('memory (PSS)', footprint.megabytes, 'MB', 250),
    figure('processor time', footprint.cpuPercent, '% of a core', 1),
  ];
};

export const idle: Measure = { name: 'idle', summary: 'what synergy start takes while nothing is due', run };
