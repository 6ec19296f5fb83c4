import type { Command } from 'commander';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../db/embedded/lock.ts';
import { openStore } from '../db/registry.ts';
import type { Lock, Store } from '../db/store.ts';
import { SynergyError } from '../domain/errors.ts';
import { COMMAND_QUEUE, UOW_STATUS_QUEUE, workQueue } from '../domain/model/queue-name.ts';
import { redactUrl } from '../domain/redact-url.ts';
import type { FreerunEntryRecord } from '../domain/model/record.ts';
import { SCHEDULER_LOCK } from '../scheduler/scheduler.ts';
import type { Settings } from '../settings.ts';
import { checkLedger, fileDamage } from './check-ledger.ts';
import type { LedgerReport } from './check-ledger.ts';
import { confirm } from './confirm.ts';
import { defineCopy } from './db-copy.ts';
import { throughDoor } from './door.ts';
import type { Door } from './door.ts';
import { QuietFailure } from './failure.ts';
import { openGround } from './ground.ts';
import { print, printJson } from './output.ts';
import { checkDataDir } from './preflight.ts';
import { addSettings, settingsOf, storeSettings } from './setting-options.ts';
import { keepStartTimeperiod } from './start-timeperiod.ts';
import { SUPERVISOR } from './supervise-box.ts';

const files = ['synergy.db', 'synergy.db-wal', 'synergy.db-shm', 'bells'] as const;

/** The lock of the scheduler, where the scheduler of these settings would take it. */
const lockScheduler = async ({ store, dataDir }: Settings): Promise<Lock | undefined> => {
  // A folder that is to be emptied must not be opened.
  if (store === 'embedded') return tryLock(dataDir, SCHEDULER_LOCK);
  const opened = await openStore(store, { dataDir, clock: { now: () => Date.now() } });
  const lock = await opened.tryLock(SCHEDULER_LOCK);
  if (lock === undefined) await opened.close();
  return lock && { release: () => lock.release().finally(() => opened.close()) };
};

/** Keeps supervisor and scheduler away for the length of `work`. Throws `STORE_LOCKED` when they are there already. */
const atRest = async (settings: Settings, work: () => Promise<void>): Promise<void> => {
  checkDataDir(settings);
  const takers = {
    [SUPERVISOR]: () => tryLock(settings.dataDir, SUPERVISOR),
    [SCHEDULER_LOCK]: () => lockScheduler(settings),
  };
  const locks: Lock[] = [];
  try {
    for (const [name, take] of Object.entries(takers)) {
      const lock = await take();
      if (lock === undefined) {
        throw new SynergyError(
          'STORE_LOCKED',
          `'${placeOf(settings)}' is in use by a running ${name}: stop it first with 'synergy stop'`,
        );
      }
      locks.push(lock);
    }
    await work();
  } finally {
    for (const lock of locks) await lock.release();
  }
};

/** The store for people. */
const placeOf = ({ store, dataDir }: Settings): string => (store === 'embedded' ? dataDir : redactUrl(store));

const entryText = (entry: FreerunEntryRecord): string =>
  `${entry.processName} ${entry.entryName}: ${entry.trigger}`;

/** What the context changed about the stored entries, a line each. */
export const diffEntries = (
  before: readonly FreerunEntryRecord[],
  after: readonly FreerunEntryRecord[],
): string[] => {
  const texts = (entries: readonly FreerunEntryRecord[]): Map<string, string> =>
    new Map(entries.map((entry) => [`${entry.processName} ${entry.entryName}`, entryText(entry)]));
  const [old, fresh] = [texts(before), texts(after)];
  return [
    ...[...fresh].filter(([key]) => !old.has(key)).map(([, text]) => `+ ${text}`),
    ...[...old].filter(([key]) => !fresh.has(key)).map(([, text]) => `- ${text}`),
    ...[...fresh]
      .filter(([key, text]) => old.has(key) && old.get(key) !== text)
      .map(([, text]) => `~ ${text}`),
  ];
};

/** Reconciles the stored entries with the context, as a scheduler does when it starts. */
const update = (command: Command, settings: Settings): Promise<void> =>
  atRest(settings, async () => {
    const ground = await openGround(settings);
    const before = await ground.store.freerunEntries().finally(() => ground.close());
    await throughDoor(command, async ({ ground: { store, queue }, prepared, reconcile }: Door) => {
      const { context, file } = prepared.loaded;
      const worked = context.processes.filter((process) => process.kind !== 'daemon');
      await queue.declare([UOW_STATUS_QUEUE, COMMAND_QUEUE, ...worked.map(workQueue)]);
      await keepStartTimeperiod(store, prepared.start);
      await reconcile();
      diffEntries(before, await store.freerunEntries()).forEach(print);
      print(
        `${context.processes.length} processes and ${context.trees.length} trees of ${file} are registered in '${placeOf(settings)}', from ${prepared.start} on`,
      );
    });
  });

const reset = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const { yes } = command.opts<{ yes?: boolean }>();
  if (settings.store !== 'embedded') {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      `'${placeOf(settings)}' is a server's, and only embedded stores are reset here: stop all boxes, then drop the database with the server's own tools`,
    );
  }
  await atRest(settings, async () => {
    const there = files.map((name) => join(settings.dataDir, name)).filter((path) => existsSync(path));
    if (there.length === 0) return print(`nothing to reset in '${settings.dataDir}'`);
    const agreed =
      yes === true ||
      (await confirm(`delete all jobs, units of work, logs and results in '${settings.dataDir}'?`));
    if (!agreed) return print('left as it was');
    for (const path of there) rmSync(path, { recursive: true });
    print(`'${settings.dataDir}' is empty`);
  });
};

/** What a crash left half written is no violation: the next scheduler would finish it first, and so does this. */
const checkRepaired = async (store: Store): Promise<LedgerReport> => {
  await store.repair();
  return checkLedger(store);
};

const check = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const isEmbedded = settings.store === 'embedded';
  if (isEmbedded && !existsSync(join(settings.dataDir, files[0]))) {
    throw new SynergyError('NOT_FOUND', `there is no store in '${settings.dataDir}' to check`);
  }
  await atRest(settings, async () => {
    const ground = await openGround(settings);
    const { counts, violations } = await checkRepaired(ground.store).finally(() => ground.close());
    const damage = isEmbedded ? fileDamage(settings.dataDir) : [];
    const { json } = command.opts<{ json?: boolean }>();
    if (json === true) printJson({ damage, counts, violations });
    else {
      print(`${counts.transitions} transitions, ${counts.jobs} jobs, ${counts.uows} units of work checked`);
      for (const line of damage) print(`file: ${line}`);
      for (const { rule, entity, text } of violations) print(`${rule}: ${entity}: ${text}`);
    }
    if (damage.length + violations.length > 0) throw new QuietFailure();
    if (json !== true) print('sound');
  });
};

/** `synergy db init|update|reset|check|copy` */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nExample:\n  $ synergy db check');
  for (const [name, description] of [
    ['init', 'make the store and register what the context holds'],
    ['update', 'bring the stored entries in line with the context, and show what changed'],
  ] as const) {
    const own = addSettings(command.command(name), [...storeSettings, 'startTimeperiod']).description(
      description,
    );
    own.action(async () => update(own, await settingsOf(own)));
  }
  const resetting = addSettings(command.command('reset'), ['dataDir']).description(
    'delete all records and results',
  );
  resetting.option('--yes', 'do it without asking').action(() => reset(resetting));
  const checking = addSettings(command.command('check'), ['dataDir']).description(
    'verify the file and the ledger',
  );
  checking.option('--json', 'print JSON').action(() => check(checking));
  defineCopy(command.command('copy'));
};
