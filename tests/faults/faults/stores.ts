import { join } from 'node:path';
import { openStore } from '../../../db/registry.ts';
import { startChild } from '../../support/child.ts';
import { fileDamage } from '../check.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { journalEnd, nextRow, took } from '../recovery.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
const writer = new URL('../../db/children/commit-forever.ts', import.meta.url);
/** Commits that are heard of before the kill, at most. */
const MOST = 60;
/** Rounds on one file: a check of all of it takes its time. */
const ROUNDS = 50;

let rounds = 0;

/** What is wrong with a store whose writers were killed: commits they were told of are there, whole, in a sound file. */
const lossOf = async (dataDir: string, ids: readonly string[]): Promise<string[]> => {
  const store = await openStore('embedded', { dataDir, clock: { now: () => Date.now() } });
  try {
    const lost = ids.length - (await store.uows(ids)).length;
    const jobs = await Promise.all(ids.map((timeperiod) => store.job({ processName: 'Killed', timeperiod })));
    const halves = jobs.filter((job) => job === undefined).length;
    return [
      ...(lost > 0 ? [`${lost} acknowledged units are gone`] : []),
      ...(halves > 0 ? [`${halves} units without the job of their commit`] : []),
    ];
  } finally {
    await store.close();
  }
};

const midCommit: Fault = {
  name: 'killed mid-commit',
  what: 'kill -9 of two writers of the embedded store while both commit; what was acknowledged is there',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 20, long: 1_000 },
  inject: async ({ settings }) => {
    const round = rounds++;
    const dataDir = join(settings.dataDir, String(Math.floor(round / ROUNDS)));
    const writers = ['a', 'b'].map((name) => startChild(writer, dataDir, `${name}${round}`));
    const patience = 1 + Math.floor(Math.random() * MOST);
    const heard = await Promise.all(
      writers.map(async (child) => {
        const ids: string[] = [];
        while (ids.length < patience) ids.push(String(await child.message()));
        return ids;
      }),
    );
    await Promise.all(writers.map((child) => child.kill()));
    const ids = [...heard, ...writers.map((child) => child.rest().map(String))].flat();
    let troubles: string[] = [];
    const recovery = await took(async () => (troubles = await lossOf(dataDir, ids)));
    troubles.push(...fileDamage(dataDir));
    if (troubles.length > 0) throw new Error(troubles.join('; '));
    return {
      recovery,
      proof: `${ids.length} commits were acknowledged, the last while the next were under way`,
    };
  },
};

/** Commands that read and write beside what runs. */
const beside: readonly (readonly string[])[] = [
  ['process', 'off', 'Shell'],
  ['process', 'on', 'Shell'],
  ['freerun', 'list'],
  ['query'],
];

const twoWriters: Fault = {
  name: 'two writers',
  what: 'a second start on the same folder is refused; commands beside it are not',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 1, long: 10 },
  work: (form) => ({ days: form === 'short' ? 12 : 60 }),
  inject: async (world: World) => {
    const store = await world.store();
    for (const argv of [['start'], ['start', 'scheduler']]) {
      const { code, stdout, stderr } = await world.launch(...argv, '--mx-port', '0').ended;
      bit(code !== 0 && /in use|another scheduler/.test(stderr), `it began: ${stdout}${stderr}`);
    }
    for (const argv of beside) {
      const { code, stderr } = await world.launch(...argv).ended;
      if (code !== 0) throw new Error(`synergy ${argv.join(' ')} ended with ${code}: ${stderr}`);
    }
    const end = await journalEnd(store);
    const recovery = await took(() => nextRow(store, end, ({ event }) => event === 'claim'));
    return { recovery, proof: 'both starts ended with an error' };
  },
};

export const stores: readonly Fault[] = [midCommit, twoWriters];
