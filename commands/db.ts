import type { Command } from 'commander';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from '../db/embedded/lock.ts';
import type { Lock } from '../db/store.ts';
import { SynergyError } from '../domain/errors.ts';
import { COMMAND_QUEUE, UOW_STATUS_QUEUE, workQueue } from '../domain/model/queue-name.ts';
import type { FreerunEntryRecord } from '../domain/model/record.ts';
import { SCHEDULER_LOCK } from '../scheduler/scheduler.ts';
import type { Settings } from '../settings.ts';
import { checkLedger, fileDamage } from './check-ledger.ts';
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

/** Keeps supervisor and scheduler away for the length of `work`. Throws `STORE_LOCKED` when they are there already. */
const atRest = async (settings: Settings, work: () => Promise<void>): Promise<void> => {
  checkDataDir(settings);
  const locks: Lock[] = [];
  try {
    for (const name of [SUPERVISOR, SCHEDULER_LOCK]) {
      const lock = tryLock(settings.dataDir, name);
      if (lock === undefined) {
        throw new SynergyError(
          'STORE_LOCKED',
          `'${settings.dataDir}' is in use by a running ${name}: stop it first with 'synergy stop'`,
        );
      }
      locks.push(lock);
    }
    await work();
  } finally {
    for (const lock of locks) await lock.release();
  }
};

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
        `${context.processes.length} processes and ${context.trees.length} trees of ${file} are registered in '${settings.dataDir}', from ${prepared.start} on`,
      );
    });
  });

const reset = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  const { yes } = command.opts<{ yes?: boolean }>();
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

const check = async (command: Command): Promise<void> => {
  const settings = await settingsOf(command);
  if (!existsSync(join(settings.dataDir, files[0]))) {
    throw new SynergyError('NOT_FOUND', `there is no store in '${settings.dataDir}' to check`);
  }
  await atRest(settings, async () => {
    const ground = await openGround(settings);
    const { counts, violations } = await checkLedger(ground.store).finally(() => ground.close());
    const damage = fileDamage(settings.dataDir);
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
