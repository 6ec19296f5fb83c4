import type { Command } from 'commander';
import { listEntries } from '../../db/collections.ts';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SynergyError } from '../../domain/errors.ts';
import { COMMAND_QUEUE, UOW_STATUS_QUEUE, workQueue } from '../../domain/model/queue-name.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import type { Settings } from '../../settings.ts';
import { withExclusiveAccess, placeOf } from '../../boot/box/exclusive-access.ts';
import { confirm } from '../../lib/terminal/confirm.ts';
import { defineCheck } from './check.ts';
import { defineCopy } from './copy.ts';
import { withSchedulerClient } from '../cli/scheduler-client.ts';
import type { SchedulerClient } from '../cli/scheduler-client.ts';
import { openAdapters } from '../../boot/adapters.ts';
import { loadContext } from '../../boot/load-context.ts';
import { print } from '../../lib/terminal/output.ts';
import { addSubcommand, settingsOf, storeSettings } from '../cli/setting-options.ts';
import { keepStartTimeperiod } from '../../boot/start-timeperiod.ts';

const files = ['synergy.db', 'synergy.db-wal', 'synergy.db-shm', 'bells'] as const;

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
  const changed = [...fresh].flatMap(([key, text]) =>
    old.get(key) === text ? [] : [`${old.has(key) ? '~' : '+'} ${text}`],
  );
  const gone = [...old].filter(([key]) => !fresh.has(key)).map(([, text]) => `- ${text}`);
  return [...changed, ...gone];
};

/** Reconciles the stored entries with the context, as a scheduler does when it starts. */
const update = (command: Command, settings: Settings): Promise<void> =>
  withExclusiveAccess(settings, async () => {
    const adapters = await openAdapters(settings);
    const before = await listEntries(adapters.store).finally(() => adapters.close());
    const register = async ({
      adapters: { store, queue },
      prepared,
      reconcile,
    }: SchedulerClient): Promise<void> => {
      const { context, file } = prepared.loaded;
      const worked = context.processes.filter((process) => process.kind !== 'daemon');
      await queue.declare([UOW_STATUS_QUEUE, COMMAND_QUEUE, ...worked.map(workQueue)]);
      await keepStartTimeperiod(store, prepared.start);
      await reconcile();
      diffEntries(before, await listEntries(store)).forEach(print);
      print(
        `${plural(context.processes.length, 'process', 'processes')} and ${plural(context.trees.length, 'tree')} of ${file} are registered in '${placeOf(settings)}', from ${prepared.start} on`,
      );
    };
    // Of the file: the lock that this command holds looks to others like a scheduler with the context of the last run.
    await withSchedulerClient(command, register, (_, given) => loadContext(given));
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
  await withExclusiveAccess(settings, async () => {
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

/** `synergy db init|update|reset|check|copy` */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nExample:\n  $ synergy db check');
  for (const [name, description] of [
    ['init', 'make the store and register what the context holds'],
    ['update', 'bring the stored entries in line with the context, and show what changed'],
  ] as const) {
    const own = addSubcommand(command, name, description, [...storeSettings, 'startTimeperiod']);
    own.action(async () => update(own, await settingsOf(own)));
  }
  const resetting = addSubcommand(command, 'reset', 'delete all records and results', ['dataDir']);
  resetting.option('--yes', 'do it without asking').action(() => reset(resetting));
  defineCheck(command.command('check'));
  defineCopy(command.command('copy'));
};
