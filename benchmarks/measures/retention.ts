import { DAY } from '../../domain/time/calendar.ts';
import { expireHistory } from '../../scheduler/maintenance/expire-history.ts';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { ENTRIES, KEPT, openBeat } from '../support/month.ts';
import { AS_OF, dataDirOf } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Firings of an entry that are written together, and the time of one window, ms. */
const TOGETHER = 20;
const WINDOW = 5_000;

type Beat = Awaited<ReturnType<typeof openBeat>>;

/** Lifecycles a second over a window. */
const rateOf = async (beat: Beat): Promise<number> => {
  const begun = performance.now();
  let units = 0;
  while (performance.now() < begun + WINDOW) units += await beat.fire(TOGETHER, 1_000);
  return (units * 1_000) / (performance.now() - begun);
};

/** The same while retention is at work; and how many units it deletes a second. */
const rateBeside = async (beat: Beat): Promise<{ readonly rate: number; readonly expired: number }> => {
  const stopping = new AbortController();
  const begun = performance.now();
  const round = expireHistory(beat.shared, stopping.signal);
  const rate = await rateOf(beat);
  stopping.abort();
  const { uows } = await round;
  return { rate, expired: (uows * 1_000) / (performance.now() - begun) };
};

const run = ({ quick, say }: Surroundings): Promise<readonly Figure[]> =>
  withTempFolder(async (folder) => {
    const beat = await openBeat({ dataDir: dataDirOf(folder), start: AS_OF });
    let old = 0;
    while (old < (quick ? 10_000 : 200_000)) old += await beat.fire(TOGETHER, 1_000);
    beat.pass(KEPT.uowTtl + DAY);
    const windows = quick ? 1 : 12;
    const without: number[] = [];
    const beside: number[] = [];
    const expired: number[] = [];
    for (let i = 0; i < windows; i++) {
      const steps = [
        async () => void without.push(await rateOf(beat)),
        async () => {
          const window = await rateBeside(beat);
          beside.push(window.rate);
          expired.push(window.expired);
        },
      ];
      // Every other time in the opposite order, since the file grows.
      for (const step of i % 2 === 0 ? steps : steps.toReversed()) await step();
    }
    await beat.close();
    say(`${median(without).toFixed(0)} lifecycles/s, ${median(beside).toFixed(0)} beside retention`);
    const how = `firings of ${ENTRIES} entries, each claimed and reported; medians of ${windows} windows of ${WINDOW / 1_000} s each, alternating, over ${old.toLocaleString('en')} old units`;
    const durability = 'FULL (SQLite)';
    return [
      {
        name: 'lifecycles lost to retention while it is at work',
        value: (1 - median(beside) / median(without)) * 100,
        unit: '%',
        durability,
        how,
        target: { atMost: 5 },
      },
      { name: 'units that it deletes meanwhile', value: median(expired), unit: '/s', durability, how },
    ];
  });

export const retention: Measure = {
  name: 'retention',
  summary: 'lifecycles while old history is deleted, beside those without',
  run,
};
