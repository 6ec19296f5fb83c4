import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { AS_OF, HOUR, dataDirOf, hourOf, readJournal, startSynergy } from '../support/synergy.ts';
import { makeStore, spans } from '../support/store.ts';
import type { Size } from '../support/store.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Longest wait for a decision, ms. */
const PATIENCE = 120_000;
/** Time between two looks at the journal, ms; what it says is exact. */
const LOOK_EVERY = 50;

/** Seconds from the start of the command to its first request, by the journal. */
const firstDecision = async (folder: string, size: Size, asOf: number): Promise<number> => {
  const child = await startSynergy({
    folder,
    context: 'trees.ts',
    args: ['--start-timeperiod', hourOf(spans[size]), '--as-of', new Date(asOf).toISOString()],
  });
  try {
    for (;;) {
      await Promise.race([sleep(LOOK_EVERY), child.early()]);
      const { firstRequest } = readJournal(folder, child.startedAt);
      if (firstRequest !== null) return (firstRequest - child.startedAt) / 1000;
      if (Date.now() > child.startedAt + PATIENCE) throw new Error(`no decision within ${PATIENCE / 1000} s`);
    }
  } finally {
    await child.end();
  }
};

const run = ({ quick, say }: Surroundings): Promise<readonly Figure[]> =>
  withTempFolder(async (folder) => {
    const size = quick ? 'small' : 'large';
    const records = await makeStore(dataDirOf(folder), size);
    say(`${records.toLocaleString('en')} job records made`);
    const seconds: number[] = [];
    // An hour later each time, so that there is something to decide.
    for (let round = 0; round < (quick ? 1 : 3); round++)
      seconds.push(await firstDecision(folder, size, AS_OF + round * HOUR));
    return [
      {
        name: 'start of the command to the first decision',
        value: median(seconds),
        unit: 's',
        durability: 'FULL (SQLite)',
        how: `${records.toLocaleString('en')} job records and as many units of work; median of ${seconds.length} starts`,
        target: { atMost: 15 },
      },
    ];
  });

export const restart: Measure = { name: 'restart', summary: 'start on a store of 10^6 job records', run };
