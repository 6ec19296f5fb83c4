import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import type { FreerunEntry, OverlapPolicy } from '../domain/model/process.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { readArguments } from './cli/json-object.ts';
import { printEntries } from './list.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { commandTable, policies, trigger as triggerField } from '../scheduler/commands/command-table.ts';
import { fieldOption } from './cli/field-option.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';

interface Policies {
  readonly arguments?: string;
  readonly overlap?: OverlapPolicy;
  readonly missed?: FreerunEntry['missed'];
  readonly description?: string;
  readonly reason?: string;
}

interface ChangeOptions extends Policies {
  readonly trigger?: string;
}

type Entry = readonly [processName: string, entryName: string];

/** Options of a command as its request has them: those that were given. */
const requested = ({ arguments: given, ...rest }: ChangeOptions) => ({
  ...rest,
  ...(given === undefined ? {} : { arguments: readArguments(given) }),
});

const add = async (
  client: SchedulerClient,
  [processName, entryName, trigger]: readonly [...Entry, string],
  options: Policies,
): Promise<void> => {
  await execute(client, { kind: 'add-freerun', processName, entryName, ...requested(options), trigger });
  print(`added ${processName} ${entryName}: ${trigger}`);
};

const change = async (
  client: SchedulerClient,
  [processName, entryName]: Entry,
  options: ChangeOptions,
): Promise<void> => {
  if (Object.keys(options).every((name) => name === 'reason')) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      'nothing to change: expected --trigger, --arguments, --overlap, --missed or --description',
    );
  }
  await execute(client, { kind: 'set-freerun', processName, entryName, ...requested(options) });
  print(`changed ${processName} ${entryName}`);
};

const turn = async (
  client: SchedulerClient,
  [processName, entryName]: Entry,
  request: { on: boolean; reason?: string },
): Promise<void> => {
  await execute(client, { kind: 'set-freerun', processName, entryName, ...request });
  print(`switched ${request.on ? 'on' : 'off'} ${processName} ${entryName}`);
};

const remove = async (
  client: SchedulerClient,
  [processName, entryName]: Entry,
  options: { reason?: string },
): Promise<void> => {
  await execute(client, { kind: 'remove-freerun', processName, entryName, ...options });
  print(`removed ${processName} ${entryName}`);
};

const fire = async (
  client: SchedulerClient,
  [processName, entryName]: Entry,
  options: { reason?: string },
): Promise<void> => {
  const { result } = await execute(client, { kind: 'fire-freerun', processName, entryName, ...options });
  const { outcome, uow, because } = (result ?? {}) as {
    outcome?: string;
    uow?: string | null;
    because?: string;
  };
  if (outcome === 'drop')
    throw new SynergyError(
      'CONFLICT',
      `${processName} ${entryName} was not fired: ${because ?? 'its last unit is unfinished'}`,
    );
  print(`fired ${processName} ${entryName}${uow === undefined || uow === null ? '' : `: ${uow}`}`);
};

const sub = (command: Command, name: string, description: string): Command =>
  addSettings(command.command(name), storeSettings).description(description);

/** Options of an entry's command, without the settings. */
const given = (command: Command): ChangeOptions => {
  const { arguments: args, overlap, missed, description, reason, trigger } = command.opts<ChangeOptions>();
  const all = { arguments: args, overlap, missed, description, reason, trigger };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

/** A command about one entry. */
const deed = (
  own: Command,
  act: (client: SchedulerClient, entry: Entry, options: ChangeOptions) => Promise<void>,
): Command =>
  own
    .argument('<process>', 'name of a freerun process')
    .argument('<entry>', 'name of the entry')
    .addOption(reasonOption())
    .action((process: string, entry: string) =>
      withSchedulerClient(own, (client) => act(client, [process, entry], given(own))),
    );

const settingOptions = (command: Command): Command =>
  command
    .option('--arguments <json>', 'arguments of its units of work, a JSON object')
    .addOption(fieldOption('--overlap <policy>', policies.overlap))
    .addOption(fieldOption('--missed <policy>', policies.missed))
    .addOption(fieldOption('--description <text>', policies.description));

/** `synergy freerun add|change|on|off|remove|fire|list` */
export const define = (command: Command): void => {
  command.addHelpText('after', `\nExample:\n  $ synergy freerun add Housekeeping nightly 'at 03:00'`);
  const adding = settingOptions(sub(command, 'add', commandTable['add-freerun'].summary))
    .argument('<process>')
    .argument('<entry>', 'name of the new entry')
    .argument('<trigger>', triggerField.description)
    .addOption(reasonOption());
  adding.action((process: string, entry: string, trigger: string) =>
    withSchedulerClient(adding, (client) => add(client, [process, entry, trigger], given(adding))),
  );
  const changing = settingOptions(sub(command, 'change', commandTable['set-freerun'].summary))
    .option('--trigger <schedule>', triggerField.description)
    .addHelpText(
      'after',
      `\nWhat the context says of an entry holds again when the scheduler starts.\n\nExample:\n  $ synergy freerun change Housekeeping nightly --trigger 'at 04:00'`,
    );
  deed(changing, change);
  deed(sub(command, 'on', 'let an entry fire on its schedule again'), (client, entry, options) =>
    turn(client, entry, { on: true, ...options }),
  );
  deed(
    sub(command, 'off', 'have an entry fire by hand only, until it is on again'),
    (client, entry, options) => turn(client, entry, { on: false, ...options }),
  );
  deed(sub(command, 'remove', commandTable['remove-freerun'].summary), remove);
  deed(sub(command, 'fire', commandTable['fire-freerun'].summary), fire);
  const listing = sub(command, 'list', 'show all entries').option('--json', 'print JSON');
  listing.action(({ json }: { json?: boolean }) =>
    withSchedulerClient(listing, async ({ api }) => {
      const entries = await api.freerun();
      await (json === true ? Promise.resolve(printJson(entries)) : printEntries(entries));
    }),
  );
};
