import { DAY } from '../../domain/time/calendar.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { ENTRIES, KEPT, boundOf, bytesOfUnit, runMonth } from '../support/month.ts';
import type { Counts } from '../support/month.ts';
import { makeStore, spans } from '../support/store.ts';
import { dataDirOf } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

const run = ({ quick, say }: Surroundings): Promise<readonly Figure[]> =>
  withTempFolder(async (folder) => {
    const begunAt = performance.now();
    const [size, days, oneIn] = quick ? (['small', 4, 360] as const) : (['large', 30, 60] as const);
    const dataDir = dataDirOf(folder);
    const jobs = await makeStore(dataDir, size);
    say(`${jobs.toLocaleString('en')} job records made`);
    const onDay = (day: number, { uows, bytes }: Counts): void =>
      say(`day ${day}: ${uows.toLocaleString('en')} units, ${(bytes / 1e6).toFixed(0)} MB`);
    const result = await runMonth({ dataDir, start: spans[size], days, oneIn, onDay });
    const { fired, expired, begun, full, end } = result;
    const { uows: kept, transitions, bytes: most } = boundOf(result, oneIn);
    const perUnit = bytesOfUnit(result);
    const how = `${days} days of ${ENTRIES} entries every 1s, one firing in ${oneIn} carried out: ${fired.toLocaleString('en')} fired, ${expired.toLocaleString('en')} deleted, once a day`;
    const durability = 'FULL (SQLite)';
    return [
      {
        name: 'units of work after the last round',
        value: end.uows,
        unit: '',
        durability,
        how: `${how}; bound: the firings of ${KEPT.uowTtl / DAY} day, ${full.uows.toLocaleString('en')} before the round`,
        target: { atMost: kept },
      },
      {
        name: 'rows of the journal after the last round',
        value: end.transitions - begun.transitions,
        unit: '',
        durability,
        how: 'bound: three of each unit that is kept, and one of its firing',
        target: { atMost: transitions - begun.transitions },
      },
      {
        name: 'size of the file after the last round',
        value: end.bytes / 1e6,
        unit: 'MB',
        durability,
        how: `bound: ${(begun.bytes / 1e6).toFixed(0)} MB of jobs, ${perUnit.toFixed(0)} bytes for each unit as on the first day, a sixteenth and a megabyte free`,
        target: { atMost: most / 1e6 },
      },
      {
        name: 'jobs beside it that were touched',
        value: result.jobs.untouched ? 0 : jobs,
        unit: '',
        durability,
        how: `${result.jobs.count.toLocaleString('en')} jobs and their units, by count and SHA-256 before and after`,
        target: { atMost: 0 },
      },
      {
        name: 'the whole simulation',
        value: (performance.now() - begunAt) / 1_000,
        unit: 's',
        durability,
        how: 'with the making of the jobs',
        target: { atMost: 600 },
      },
    ];
  });

export const month: Measure = {
  name: 'month',
  summary: 'a month of entries every second, whose history expires, beside 10^6 jobs',
  run,
};
