import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings, Target } from '../figure.ts';
import type { BurstResult } from '../parts/burst.ts';
import type { EntriesResult } from '../parts/entries.ts';
import { home, startChild, startModule } from '../support/child.ts';
import { withMongo } from '../support/mongo.ts';
import { dataDirOf, readJournal, startSynergy } from '../support/synergy.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Longest wait for a decision, ms. */
const PATIENCE = 300_000;
/** Time between two looks at the journal, ms; what it says is exact. */
const LOOK_EVERY = 50;

/** What a part says of itself, which gets its arguments and a data folder. */
const resultOf = <T>(part: string, given: readonly (string | number)[]): Promise<T> =>
  withTempFolder(async (folder) => {
    const child = await startModule(`parts/${part}.ts`, [...given, dataDirOf(folder)]);
    try {
      return (await child.message()) as T;
    } finally {
      await child.end();
    }
  });

const burstOf = async (entries: number, store: string): Promise<BurstResult> => {
  const result = await resultOf<BurstResult>('burst', [entries, store]);
  if (result.units !== entries || result.early > 0)
    throw new Error(`${entries} firings made ${result.units} units, ${result.early} of them early`);
  return result;
};

/** Bytes that an entry takes in the memory of a scheduler. */
const memoryOf = async (entries: number): Promise<number> => {
  const result = await resultOf<EntriesResult>('entries', [entries]);
  if (result.entries !== entries) throw new Error(`${result.entries} of ${entries} entries were armed`);
  return result.bytes / entries;
};

/** Seconds from the start of the command to the first firing, by the journal. */
const firstFiring = async (folder: string, entries: number): Promise<number> => {
  const environment = { BENCH_ENTRIES: String(entries) };
  const child = await startSynergy({ folder, context: 'entries.ts', environment });
  try {
    for (;;) {
      await Promise.race([sleep(LOOK_EVERY), child.early()]);
      const { firstRequest } = readJournal(folder, child.startedAt);
      if (firstRequest !== null) return (firstRequest - child.startedAt) / 1000;
      if (Date.now() > child.startedAt + PATIENCE) throw new Error(`no firing within ${PATIENCE / 1000} s`);
    }
  } finally {
    await child.end();
  }
};

/** Stores what a context declares. */
const declare = async (folder: string, entries: number): Promise<void> => {
  const where = ['--context', join(home, 'benchmarks/contexts/entries.ts'), '--data-dir', dataDirOf(folder)];
  const child = await startChild(process.execPath, [join(home, 'dist/launch.js'), 'db', 'update', ...where], {
    folder,
    environment: { BENCH_ENTRIES: String(entries) },
  });
  const code = await child.exit;
  if (code !== 0) throw new Error(`synergy db update ended with ${code ?? 'a signal'}`);
};

const startWith = (entries: number, rounds: number): Promise<number> =>
  withTempFolder(async (folder) => {
    await declare(folder, entries);
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) seconds.push(await firstFiring(folder, entries));
    return median(seconds);
  });

const run = async ({ quick, say }: Surroundings): Promise<readonly Figure[]> => {
  const entries = quick ? 500 : 5_000;
  const rounds = quick ? 1 : 3;
  const figures: Figure[] = [];
  const add = (
    figure: Omit<Figure, 'durability'> & { readonly durability?: string; readonly target?: Target },
  ) => figures.push({ durability: 'FULL (SQLite)', ...figure });
  const bursts: BurstResult[] = [];
  for (let round = 0; round < rounds; round++) bursts.push(await burstOf(entries, 'embedded'));
  const how = `${entries.toLocaleString('en')} entries due at one instant, none early; median of ${rounds}`;
  add({
    name: 'from the instant until all units are written and rung',
    value: median(bursts.map(({ late }) => late)) / 1000,
    unit: 's',
    how,
    target: { atMost: 0.5 },
  });
  add({
    name: 'longest wait of other work for its turn meanwhile',
    value: median(bursts.map(({ heldUp }) => heldUp)),
    unit: 'ms',
    how,
  });
  say('the same on MongoDB');
  const onMongo = await withMongo((database) => burstOf(entries, database()));
  add({
    name: 'the same on MongoDB',
    value: onMongo.late / 1000,
    unit: 's',
    durability: 'majority, journaled',
    how: `${entries.toLocaleString('en')} entries due at one instant, none early; one run`,
    target: { atMost: 10 },
  });
  for (const [size, most] of quick
    ? ([[500, 2]] as const)
    : ([
        [5_000, 2],
        [100_000, 10],
      ] as const)) {
    say(`starts with ${size.toLocaleString('en')} entries`);
    add({
      name: `start of the command to the first firing, ${size.toLocaleString('en')} entries`,
      value: await startWith(size, rounds),
      unit: 's',
      how: `declared before by db update; median of ${rounds}`,
      target: { atMost: most },
    });
  }
  const stored = quick ? 2_000 : 100_000;
  say(`memory of ${stored.toLocaleString('en')} entries`);
  add({
    name: 'memory per entry',
    value: await memoryOf(stored),
    unit: 'bytes',
    durability: '-',
    how: `${stored.toLocaleString('en')} entries that are armed and have fired; one process`,
    // Of few entries it is mostly what every process takes.
    ...(quick ? {} : { target: { atMost: 400 } }),
  });
  return figures;
};

export const burst: Measure = {
  name: 'burst',
  summary: 'thousands of entries due at one instant, and starts with many entries',
  run,
};
