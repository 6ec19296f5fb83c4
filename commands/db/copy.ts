import type { Command } from 'commander';
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TableSummary } from '../../db/checksum.ts';
import { copyState } from '../../db/copy.ts';
import type { CopyProgress, NamedStore } from '../../db/copy.ts';
import { SynergyError } from '../../domain/errors.ts';
import { plural } from '../../domain/plural.ts';
import { redactUrl } from '../../domain/redact-url.ts';
import { isDesiredStateFact } from '../../supervisor/ipc/message.ts';
import { createProgressDisplay } from '../../lib/terminal/progress.ts';
import { withStore } from '../../boot/adapters.ts';
import { withLocks } from '../../boot/box/exclusive-access.ts';
import { isSharedQueueFact } from '../../boot/box/shared-queue-check.ts';
import { SIZE_FACT } from '../../scheduler/maintenance/store-size.ts';
import { print, printJson, printTable } from '../../lib/terminal/output.ts';
import { addSettings, settingsOf } from '../cli/setting-options.ts';
import { readSecretFile } from '../../boot/secret-file.ts';

/** A store as `--from` and `--to` tell it. */
interface Place {
  /** Setting `store` that stands for it. */
  readonly url: string;
  /** Setting `dataDir` that goes with it. */
  readonly dataDir: string;
  /** As it may be shown. */
  readonly name: string;
  /** Alike for two spellings of one store. */
  readonly identity: string;
}

interface Options {
  readonly from: string;
  readonly to: string;
  readonly resume?: true;
  readonly json?: true;
}

const SPELLING =
  "expected embedded:<folder>, a server's address such as mongodb://host/database, or file:<path> of a file that holds one";

const refuse = (message: string): SynergyError => new SynergyError('INVALID_ARGUMENT', message);

const readPlace = (option: string, given: string, dataDir: string): Place => {
  const text = readSecretFile('.', given, (because) => refuse(`${option}: ${because}`));
  const embedded = /^embedded(?::(?!\/\/)(.+))?$/.exec(text);
  if (embedded !== null) {
    const folder = embedded[1] === undefined ? dataDir : resolve(embedded[1]);
    const identity = existsSync(folder) ? realpathSync(folder) : folder;
    return { url: 'embedded', dataDir: folder, name: `embedded:${folder}`, identity };
  }
  if (!/^(?!embedded)[a-z][a-z+]*:\/\/./.test(text)) {
    throw refuse(`${option} '${redactUrl(text)}': ${SPELLING}`);
  }
  const identity = text.replace(/(?<=:\/\/).*@/, '').replace(/\?.*/, '');
  return { url: text, dataDir, name: redactUrl(text), identity };
};

const checkPlaces = (from: Place, to: Place): void => {
  if (from.identity === to.identity) {
    throw refuse(`--from and --to are both '${to.name}': expected two stores`);
  }
  if (from.url === 'embedded' && !existsSync(join(from.dataDir, 'synergy.db'))) {
    throw new SynergyError('NOT_FOUND', `there is no store in '${from.dataDir}' to copy`);
  }
};

/** Opens a store for `work`, and keeps supervisor and scheduler away from it so long. Throws `STORE_LOCKED` when they are there. */
const atRest = <T>({ url, dataDir, name }: Place, work: (store: NamedStore) => Promise<T>): Promise<T> =>
  withStore({ store: url, dataDir }, (store) =>
    withLocks(
      (who) => store.tryLock(who),
      (inUseBy) => {
        if (inUseBy === undefined) return work({ name, store });
        throw new SynergyError(
          'STORE_LOCKED',
          `'${name}' is in use by a running ${inUseBy} or another copy: stop it first with 'synergy stop'`,
        );
      },
    ),
  );

/** Workers hold no lock; but one at work would go on writing to the old store. */
const refuseWorkers = async ({ name, store }: NamedStore): Promise<void> => {
  const running = await store.findUows({ states: ['IN_PROGRESS'] });
  for (const { id, lease } of running) {
    if (lease === null || lease.expiresAt <= Date.now()) continue;
    throw new SynergyError(
      'STORE_LOCKED',
      `'${name}' is in use by worker ${lease.owner}, which has ${id}: stop it, or wait for the end of its lease, ${new Date(lease.expiresAt).toISOString()}`,
    );
  }
};

const count = (rows: number): string => rows.toLocaleString('en');

const progressText = ({ step, table, rows, total }: CopyProgress): string =>
  `${step} ${table}: ${count(rows)} of ${plural(count(Math.max(rows, total)), 'row')}`;

const tell = async (place: Place, tables: readonly TableSummary[], seconds: number): Promise<void> => {
  await printTable(
    ['table', 'rows', 'sha256'],
    tables.map(({ table, rows, checksum }) => [table, count(rows), checksum.slice(0, 16)]),
  );
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const setting = place.url === 'embedded' ? `'dataDir' to ${place.dataDir}` : `'store' to ${place.name}`;
  print(
    `${plural(count(rows), 'row')} copied in ${seconds.toFixed(1)} s, and read back from both stores alike`,
  );
  print(`to go on there, set ${setting}`);
};

/** Facts about boxes, and about the store itself. */
const isOfPlace = (fact: string): boolean =>
  isDesiredStateFact(fact) || isSharedQueueFact(fact) || fact === SIZE_FACT;

const copy = async (command: Command): Promise<void> => {
  const { dataDir } = await settingsOf(command);
  const { from, to, resume = false, json = false } = command.opts<Options>();
  const [origin, goal] = [readPlace('--from', from, dataDir), readPlace('--to', to, dataDir)];
  checkPlaces(origin, goal);
  const display = json ? undefined : await createProgressDisplay();
  const progress = (done: CopyProgress): void => display?.show(progressText(done));
  const start = performance.now();
  try {
    const tables = await atRest(origin, async (source) => {
      await refuseWorkers(source);
      return atRest(goal, (target) => copyState({ source, target, resume, isOfPlace, progress }));
    });
    const seconds = (performance.now() - start) / 1000;
    display?.close();
    if (json) printJson({ from: origin.name, to: goal.name, seconds, tables });
    else await tell(goal, tables, seconds);
  } finally {
    display?.close();
  }
};

const help = `
A store is embedded:<folder>, embedded for the one in the data folder, a server's address such as
mongodb://host/database, or file:<path> of a file that holds one. Everything moves: jobs, units of work, journal, commands, entries, facts, captured output,
source rows and results. What belongs to a place stays: process ids, switches of boxes, locks, and messages of the
queue, since whatever waits is rung again. Stop everything first, on every box.

Afterwards both stores are read and compared by counts and checksums. An interrupted copy goes on when the same
command is given again, and until it is finished nothing starts on its target.

Example:
  $ synergy stop
  $ synergy db copy --from embedded:./synergy-data --to mongodb://db1/synergy
  $ synergy start --store mongodb://db1/synergy`;

/** `synergy db copy` */
export const defineCopy = (command: Command): void => {
  addSettings(command, ['dataDir'])
    .description('copy the whole state of a store into another, and verify it')
    .requiredOption('--from <store>', 'store to copy')
    .requiredOption('--to <store>', 'empty store to copy it into')
    .option('--resume', 'go on with an unfinished copy whose source had another name when it was begun')
    .option('--json', 'print JSON')
    .addHelpText('after', help)
    .action(() => copy(command));
};
