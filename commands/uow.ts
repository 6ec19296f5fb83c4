import { plural } from '../domain/plural.ts';
import type { Command } from 'commander';
import { Option } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { uowStates } from '../domain/machine/uow-machine.ts';
import type { UowState } from '../domain/machine/uow-machine.ts';
import type { UowRecord } from '../domain/model/record.ts';
import { commandTable, kindsAbout, uowId } from '../scheduler/commands/command-table.ts';
import type { CommandRow, KindAbout } from '../scheduler/commands/command-table.ts';
import type { RejectedView } from '../scheduler/api/api.ts';
import { unitStandingOf } from '../domain/timetable/standing.ts';
import { listOrder, uowListFields } from '../scheduler/api/list-fields.ts';
import { confirm } from '../lib/terminal/confirm.ts';
import { fieldOption } from './cli/field-option.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { instantText, print, printJson, printTable } from '../lib/terminal/output.ts';
import { printTransitions } from './cli/transition-table.ts';
import { addPageOptions, printPage, sequenceCursor } from './cli/page-options.ts';
import type { PageOptions } from './cli/page-options.ts';
import { withoutToken } from './cli/without-token.ts';
import { addSubcommand } from './cli/setting-options.ts';

interface ListOptions extends PageOptions {
  readonly quarantined?: true;
  readonly state?: UowState;
  readonly process?: string;
  readonly entry?: string;
  readonly from?: number;
  readonly to?: number;
  readonly order?: 'newest' | 'oldest';
  readonly after?: string;
}

interface RejectedOptions extends PageOptions {
  readonly order?: 'newest' | 'oldest';
  readonly after?: number;
}

interface ActOptions {
  readonly reason?: string;
  readonly yes?: true;
  readonly json?: true;
}

const MOST_TRANSITIONS = 100;

const printUows = (uows: readonly UowRecord[], none: string): Promise<void> =>
  printTable(
    ['unit of work', 'state', 'attempt', 'crashes', 'created', 'next try', 'error'],
    uows.map((uow) => [
      uow.id,
      unitStandingOf(uow),
      uow.attempt,
      uow.crashes,
      instantText(uow.createdAt),
      instantText(uow.retryAt),
      uow.error ?? '-',
    ]),
    none,
  );

const list = async (
  { api }: SchedulerClient,
  { process, entry, state, limit, json, ...given }: ListOptions,
): Promise<void> => {
  const found = await api.uows({
    ...(process === undefined ? {} : { processName: process }),
    ...(entry === undefined ? {} : { entryName: entry }),
    ...(state === undefined ? {} : { states: [state] }),
    ...given,
    limit: limit + 1,
  });
  const none = given.quarantined ? 'no unit of work is quarantined' : 'no such unit of work';
  const page = { limit, ...(json && { json }) };
  const hasMore = await printPage(found.map(withoutToken), page, {
    table: (uows) => printUows(uows, none),
    cursorOf: ({ id }) => id,
  });
  if (given.quarantined && !json && !hasMore && found.length > 0) print(adviceOn('<id>'));
};

const adviceOn = (id: string): string =>
  `when what broke it is mended: synergy uow release '${id}'; to give it up: synergy uow cancel '${id}'`;

const show = async ({ api }: SchedulerClient, id: string, json: boolean): Promise<void> => {
  const uow = await api.uow(id);
  const transitions = await api.journal({ entityId: id, limit: MOST_TRANSITIONS });
  if (json) return printJson({ ...withoutToken(uow), transitions });
  const { attempt, crashes, lease, retryAt, error, processed, aggregated } = uow;
  print(
    `${id} is ${unitStandingOf(uow)}: attempt ${attempt}, ${plural(crashes, 'crash', 'crashes')} in a row`,
  );
  print(`created ${instantText(uow.createdAt)}, covers ${uow.startTimeperiod} to ${uow.endTimeperiod}`);
  if (lease !== null) print(`held by ${lease.owner} until ${instantText(lease.expiresAt)}`);
  if (uow.finishedAt !== null)
    print(`last ended ${instantText(uow.finishedAt)}: ${processed} processed, ${aggregated} aggregated`);
  if (retryAt !== null) print(`next try ${instantText(retryAt)}`);
  if (error !== null) print(`error: ${error}`);
  if (unitStandingOf(uow) === 'QUARANTINED') print(adviceOn(id));
  await printTransitions(transitions);
};

type UowKind = KindAbout<'uow'>;

/** One after another: those before a refused one are done, and the error names that one. */
const act = async (
  client: SchedulerClient,
  kind: UowKind,
  ids: readonly string[],
  options: ActOptions,
): Promise<void> => {
  const { reason, yes, json } = options;
  const { danger, effect, words }: CommandRow = commandTable[kind];
  const done = words.done.toLowerCase();
  for (const id of ids) await client.api.uow(id);
  if (danger && !yes) {
    const units = ids.length === 1 ? (ids[0] ?? '') : plural(ids.length, 'unit of work', 'units of work');
    if (!(await confirm(`${words.verb.toLowerCase()} ${units}? ${effect}`))) return print('left as it was');
  }
  for (const uowId of ids) {
    await execute(client, { kind, uowId, reason });
    if (!json) print(`${done} ${uowId}`);
  }
  if (json) printJson({ [done]: ids });
};

const defineList = (command: Command): void => {
  const listing = addSubcommand(
    command,
    'list',
    'show units of work, the newest first; by state, the oldest first',
  )
    .option('--quarantined', 'those alone that wait for a person')
    .addOption(new Option('--state <state>', 'those in this state').choices(uowStates))
    .option('--process <name>', 'those of this process')
    .option('--entry <name>', 'those of this freerun entry; with --process')
    .addOption(fieldOption('--from <instant>', uowListFields.from))
    .addOption(fieldOption('--to <instant>', uowListFields.to))
    .addOption(fieldOption('--order <order>', uowListFields.order))
    .addHelpText('after', '\nExample:\n  $ synergy uow list --quarantined');
  addPageOptions(listing, 'id', uowId.describe('those behind the unit of this id'));
  listing.action((options: ListOptions) => {
    if (options.quarantined && options.state !== undefined)
      throw new SynergyError(
        'INVALID_ARGUMENT',
        '--quarantined and --state exclude each other: quarantined units are INVALID',
      );
    if (options.entry !== undefined && options.process === undefined)
      throw new SynergyError(
        'INVALID_ARGUMENT',
        `--entry ${options.entry} is a name within a process: expected --process with it`,
      );
    return withSchedulerClient(listing, (client) => list(client, options));
  });
};

const defineRejected = (command: Command): void => {
  const listing = addSubcommand(
    command,
    'rejected',
    'show reports that came too late or from a replaced worker',
  )
    .argument('[id]', 'those on this unit of work; all when left out')
    .addOption(fieldOption('--order <order>', listOrder));
  addPageOptions(listing, 'sequence', sequenceCursor);
  listing.action((uowId: string | undefined, { json, limit, ...given }: RejectedOptions) =>
    withSchedulerClient(listing, async ({ api }) => {
      const found = await api.rejectedReports(limit + 1, { ...given, ...(uowId !== undefined && { uowId }) });
      await printPage(
        found,
        { limit, ...(json && { json }) },
        { table: printRejected, cursorOf: ({ sequence }) => sequence },
      );
    }),
  );
};

const printRejected = (reports: readonly RejectedView[]): Promise<void> =>
  printTable(
    ['sequence', 'at', 'unit of work', 'attempt', 'event', 'owner', 'rejected because', 'error'],
    reports.map(({ sequence, at, id, attempt, event, owner, because, error }) => [
      ...[sequence, instantText(at), id, attempt],
      ...[event, owner, because, error ?? '-'],
    ]),
    'no report was rejected',
  );

const defineKind = (command: Command, kind: UowKind): void => {
  const { summary, danger, words }: CommandRow = commandTable[kind];
  const verb = words.verb.toLowerCase();
  const own = addSubcommand(command, verb, summary)
    .argument('<id...>', 'ids of units of work')
    .addOption(reasonOption())
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExample:\n  $ synergy uow ${verb} 'SiteHourly/2015051710#1' --reason 'disk full'`,
    );
  if (danger) own.option('--yes', 'do it without asking');
  own.action((ids: string[], options: ActOptions) =>
    withSchedulerClient(own, (client) => act(client, kind, ids, options)),
  );
};

/** `synergy uow list|show|rejected|release|cancel` */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nExample:\n  $ synergy uow list --quarantined');
  defineList(command);
  const showing = addSubcommand(command, 'show', 'show a unit of work and its history')
    .argument('<id>', 'id of a unit of work')
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample:\n  $ synergy uow show 'SiteHourly/2015051710#1'`);
  showing.action((id: string, { json }: { json?: true }) =>
    withSchedulerClient(showing, (client) => show(client, id, json === true)),
  );
  defineRejected(command);
  for (const kind of kindsAbout('uow')) defineKind(command, kind);
};
