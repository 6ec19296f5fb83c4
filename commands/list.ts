import type { Command } from 'commander';
import { entryKeyText } from '../domain/model/entity.ts';
import type { ProcessEntry } from '../domain/model/process.ts';
import { standingOrder, unitStandingOf } from '../domain/timetable/standing.ts';
import type { FreerunView, ProcessSummary, SchedulerApi } from '../scheduler/api/api.ts';
import { uowId } from '../scheduler/commands/command-table.ts';
import { withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { instantText, print, printJson, printTable } from '../lib/terminal/output.ts';
import { addPageOptions, printPage } from './cli/page-options.ts';
import type { PageOptions } from './cli/page-options.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';

const onOff = (on: boolean): string => (on ? 'on' : 'off');

const workerText = ({ worker }: ProcessEntry): string =>
  worker.kind === 'command' ? worker.argv.join(' ') : worker.kind;

const countsText = ({ counts }: ProcessSummary): string =>
  standingOrder
    .filter((standing) => counts[standing] > 0)
    .map((standing) => `${counts[standing]} ${standing}`)
    .join(', ');

/** Prints managed processes for people. */
export const printManaged = (managed: readonly ProcessSummary[]): Promise<void> =>
  printTable(
    ['process', 'tree', 'qualifier', 'strategy', 'blocking', 'trigger', 'on', 'next', 'jobs'],
    managed.map((summary) => [
      summary.process.name,
      summary.tree,
      summary.process.qualifier,
      summary.process.strategy,
      summary.process.blocking,
      summary.trigger,
      onOff(summary.on),
      instantText(summary.on ? summary.nextFires[0] : null),
      countsText(summary),
    ]),
    'no managed processes',
  );

/** Prints freerun entries for people. */
export const printEntries = (entries: readonly FreerunView[]): Promise<void> =>
  printTable(
    ['process', 'entry', 'trigger', 'on', 'overlap', 'next', 'last unit', 'state'],
    entries.map((entry) => [
      entry.processName,
      entry.entryName,
      entry.trigger,
      onOff(entry.on),
      entry.overlap,
      instantText(entry.nextFires[0]),
      entry.lastUow?.id ?? '-',
      entry.lastUow === undefined ? '-' : unitStandingOf(entry.lastUow),
    ]),
    'no freerun entries',
  );

/** Options of commands that list freerun entries. */
export interface EntryPageOptions extends PageOptions {
  readonly after?: string;
}

export const addEntryPageOptions = (command: Command): Command =>
  addPageOptions(command, 'entry', uowId.describe('freerun entries behind this one, `Process:entry`'));

/** A page of freerun entries, and one more where there is one. */
export const readEntries = (
  api: SchedulerApi,
  { after, limit }: EntryPageOptions,
): Promise<readonly FreerunView[]> =>
  api.freerun({ ...(after !== undefined && { after }), limit: limit + 1 });

/** How such a page is printed. */
export const entryPage = {
  table: printEntries,
  cursorOf: ({ processName, entryName }: FreerunView): string => entryKeyText(processName, entryName),
};

const list = async ({ api, prepared }: SchedulerClient, page: EntryPageOptions): Promise<void> => {
  const [managed, found] = await Promise.all([api.managed(), readEntries(api, page)]);
  const freerun = found.slice(0, page.limit);
  const { context, file } = prepared.loaded;
  const trees = api.trees();
  if (page.json) return printJson({ context: file, processes: context.processes, trees, managed, freerun });
  print(`context: ${file}`);
  await printManaged(managed);
  await printTable(
    ['tree', 'processes', 'depends on', 'description'],
    trees.map((tree) => [
      tree.name,
      tree.processes.map((process) => process.name).join(' > '),
      tree.dependsOn.join(', ') || '-',
      tree.description,
    ]),
    'no trees',
  );
  await printPage(found, page, entryPage);
  const others = context.processes.filter((process) => process.kind !== 'managed');
  await printTable(
    ['process', 'kind', 'worker', 'description'],
    others.map((process) => [process.name, process.kind, workerText(process), process.description]),
    'no freerun or daemon processes',
  );
};

/** `synergy list` */
export const define = (command: Command): void => {
  addEntryPageOptions(addSettings(command, storeSettings))
    .addHelpText('after', '\nExample:\n  $ synergy list --context ./process_context.ts')
    .action((page: EntryPageOptions) => withSchedulerClient(command, (client) => list(client, page)));
};
