import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { readJournal, runUntilDone } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

const JOBS = 365 * 24 + 365 + 12;

const oneYear = (): Promise<number> =>
  withTempFolder(async (folder) => {
    const start = Date.UTC(2014);
    const seconds = await runUntilDone({
      folder,
      context: 'year.ts',
      start,
      asOf: Date.UTC(2015, 0, 1, 0, 30),
    });
    const { finished } = readJournal(folder);
    if (finished !== JOBS) throw new Error(`expected ${JOBS} finished jobs, the journal has ${finished}`);
    return seconds;
  });

const run = async ({ quick }: Surroundings): Promise<readonly Figure[]> => {
  const seconds: number[] = [];
  for (let round = 0; round < (quick ? 1 : 5); round++) seconds.push(await oneYear());
  return [
    {
      name: 'a year, from an empty folder to the exit of the command',
      value: median(seconds),
      unit: 's',
      durability: 'FULL (SQLite)',
      how: `8,760 hours, 365 days, 12 months, each waiting for the finer ones; median of ${seconds.length}`,
      target: { atMost: 5 },
    },
  ];
};

export const year: Measure = { name: 'year', summary: 'all of 2014 with its dependencies', run };
