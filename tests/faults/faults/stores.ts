import { DatabaseSync } from '@photostructure/sqlite';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../../db/registry.ts';
import { jobStart, uowInsert } from '../../support/records.ts';
import { fileDamage } from '../check.ts';
import { bit } from '../fault.ts';
import type { Fault } from '../fault.ts';
import { journalEnd, nextRow, took } from '../recovery.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
const writer = fileURLToPath(new URL('../fixtures/commit-forever.mjs', import.meta.url));
/** Job and unit come into being in one commit. */
const commit = JSON.stringify([jobStart('ID', { processName: 'Killed' }), uowInsert('ID')]);
/** Commits that are heard of before the kill, at most. */
const MOST = 200;
/** Rounds on one file: a check of all of it takes its time. */
const ROUNDS = 50;

let rounds = 0;

/** Runs a writer, and kills it when it has told of so many commits; answers with all that it told of. */
const killedAfter = async (patience: number, dataDir: string, prefix: string): Promise<string[]> => {
  const child = fork(writer, [dataDir, prefix, commit]);
  const exited = once(child, 'exit');
  const heard: string[] = [];
  child.on('message', (id) => {
    if (heard.push(id as string) === patience) child.kill('SIGKILL');
  });
  const [, signal] = (await exited) as [number | null, string | null];
  bit(signal === 'SIGKILL', `the writer ended by itself after ${heard.length} commits`);
  return heard;
};

/** Commits of which only a part is there. */
const halvesOf = (dataDir: string): string[] => {
  const database = new DatabaseSync(join(dataDir, 'synergy.db'));
  const count = (table: string): number =>
    (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  const [jobs, units, rows] = ['job', 'unit_of_work', 'transition'].map(count) as [number, number, number];
  database.close();
  return jobs === units && rows === jobs + units
    ? []
    : [`${jobs} jobs, ${units} units, ${rows} transitions: commits are there in part`];
};

/** How many commits that were acknowledged are not there. */
const lossOf = async (dataDir: string, ids: readonly string[]): Promise<string[]> => {
  const store = await openStore('embedded', { dataDir, clock: { now: () => Date.now() } });
  const lost = ids.length - (await store.uows(ids)).length;
  await store.close();
  return lost === 0 ? [] : [`${lost} acknowledged commits are gone`];
};

const midCommit: Fault = {
  name: 'killed mid-commit',
  what: 'kill -9 of two writers of the embedded store while they commit; what was acknowledged is there, and whole',
  on: ['embedded'],
  bound: BOUND,
  times: { short: 20, long: 1_000 },
  inject: async ({ settings }) => {
    const round = rounds++;
    const dataDir = join(settings.dataDir, String(Math.floor(round / ROUNDS)));
    const patience = (): number => 1 + Math.floor(Math.random() * MOST);
    const ids = await Promise.all(
      ['a', 'b'].map((name) => killedAfter(patience(), dataDir, `${name}${round}`)),
    );
    let troubles: string[] = [];
    const recovery = await took(async () => (troubles = await lossOf(dataDir, ids.flat())));
    troubles.push(...halvesOf(dataDir), ...fileDamage(dataDir));
    if (troubles.length > 0) throw new Error(troubles.join('; '));
    return { recovery, proof: `${ids.flat().length} commits were acknowledged, and more were under way` };
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
