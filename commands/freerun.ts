import type { Command } from 'commander';
import type { EntryKey } from '../db/store.ts';
import { entryKeyText } from '../domain/model/entity.ts';
import { explain } from '../domain/schedule/explain.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { unitStandingOf } from '../domain/timetable/standing.ts';
import { SynergyError } from '../domain/errors.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { readArguments } from './cli/json-object.ts';
import { addEntryPageOptions, entryPage, readEntries } from './list.ts';
import type { EntryPageOptions } from './list.ts';
import { systemClock } from '../lib/system-clock.ts';
import { instantText, print, printJson, printTable } from '../lib/terminal/output.ts';
import { commandTable, policies, trigger as triggerField } from '../scheduler/commands/command-table.ts';
import type { CommandOf } from '../scheduler/commands/command-table.ts';
import { fieldOption } from './cli/field-option.ts';
import { limitOption } from './cli/limit-option.ts';
import { printPage } from './cli/page-options.ts';
import type { PageOptions } from './cli/page-options.ts';
import { printTransitions } from './cli/transition-table.ts';
import { withoutToken } from './cli/without-token.ts';
import { addSubcommand } from './cli/setting-options.ts';

/** The entry that a command is about, and why it is given. */
interface Subject {
  readonly processName: string;
  readonly entryName: string;
  readonly reason: string | undefined;
}

type Changes = Omit<CommandOf<'set-freerun'>, keyof Subject | 'kind' | 'on'>;

const changeable = Object.keys(commandTable['set-freerun'].arguments);

/** Those of an entry's settings that the options of a command give. */
const given = (command: Command): Changes =>
  Object.fromEntries(Object.entries(command.opts()).filter(([name]) => changeable.includes(name)));

const change = async (client: SchedulerClient, entry: Subject, changes: Changes): Promise<void> => {
  if (Object.keys(changes).length === 0) {
    throw new SynergyError(
      'INVALID_ARGUMENT',
      'nothing to change: expected --trigger, --arguments, --overlap, --missed or --description',
    );
  }
  await execute(client, { kind: 'set-freerun', ...entry, ...changes });
};

const fire = async (
  client: SchedulerClient,
  entry: Omit<CommandOf<'fire-freerun'>, 'kind'> & Subject,
  name: string,
): Promise<string> => {
  const { result } = await execute(client, { kind: 'fire-freerun', ...entry });
  const { outcome, uow, because } = (result ?? {}) as {
    outcome?: string;
    uow?: string | null;
    because?: string;
  };
  if (outcome === 'drop')
    throw new SynergyError('CONFLICT', `${name} was not fired: ${because ?? 'its last unit is unfinished'}`);
  return `fired ${name}${uow === undefined || uow === null ? '' : `: ${uow}`}`;
};

/** A command about one entry: `act` has it done, and answers with what to tell of it. */
const deed = (
  own: Command,
  act: (client: SchedulerClient, entry: Subject, name: string) => Promise<string>,
): Command =>
  own
    .argument('<process>', 'name of a freerun process')
    .argument('<entry>', 'name of the entry')
    .addOption(reasonOption())
    .action((processName: string, entryName: string, { reason }: { reason?: string }) =>
      withSchedulerClient(own, async (client) =>
        print(await act(client, { processName, entryName, reason }, `${processName} ${entryName}`)),
      ),
    );

const settingOptions = (command: Command): Command =>
  command
    .option('--arguments <json>', 'arguments of its units of work, a JSON object', readArguments)
    .addOption(fieldOption('--overlap <policy>', policies.overlap))
    .addOption(fieldOption('--missed <policy>', policies.missed))
    .addOption(fieldOption('--description <text>', policies.description));

/** `synergy freerun add` */
const defineAdd = (command: Command): void => {
  const adding = settingOptions(addSubcommand(command, 'add', commandTable['add-freerun'].summary))
    .argument('<process>')
    .argument('<entry>', 'name of the new entry')
    .argument('<trigger>', triggerField.description)
    .addOption(reasonOption());
  adding.action((processName: string, entryName: string, trigger: string, { reason }: { reason?: string }) =>
    withSchedulerClient(adding, async (client) => {
      const entry = { processName, entryName, reason };
      await execute(client, { kind: 'add-freerun', ...entry, ...given(adding), trigger });
      print(`added ${processName} ${entryName}: ${trigger}`);
    }),
  );
};

/** `synergy freerun list` */
const defineList = (command: Command): void => {
  const listing = addSubcommand(command, 'list', 'show entries, in the order of their names');
  addEntryPageOptions(listing);
  listing.action((page: EntryPageOptions) =>
    withSchedulerClient(listing, async ({ api }) => {
      await printPage(await readEntries(api, page), page, entryPage);
    }),
  );
};

const show = async ({ api }: SchedulerClient, key: EntryKey, { json, limit }: PageOptions): Promise<void> => {
  const name = entryKeyText(key.processName, key.entryName);
  const entry = await api.freerunEntry(key);
  const [found, transitions] = await Promise.all([
    api.uows({ ...key, order: 'newest', limit }),
    api.journal({ entityId: name, own: true, limit }),
  ]);
  const uows = found.map(withoutToken);
  if (json) return printJson({ ...entry, uows, transitions });
  const { removed, on, trigger, nextFires, overlap, missed, origin, worker } = entry;
  print(`${name} ${removed ? 'was removed' : `is ${on ? 'on' : 'off'}`}: ${trigger}`);
  print(explain(scheduleOf(trigger), systemClock.now()).words);
  print(`next: ${nextFires.map(instantText).join(', ') || 'never'}`);
  print(
    `worker: ${worker?.kind ?? 'none, the context has the process no more'}; overlap ${overlap}, missed runs ${missed}, from ${origin}`,
  );
  print(`arguments: ${JSON.stringify(entry.arguments)}`);
  await printTable(
    ['unit of work', 'state', 'attempt', 'created', 'finished', 'error'],
    uows.map((uow) => [
      uow.id,
      unitStandingOf(uow),
      uow.attempt,
      instantText(uow.createdAt),
      instantText(uow.finishedAt),
      uow.error ?? '-',
    ]),
    'no unit of work on record',
  );
  await printTransitions(transitions);
};

/** `synergy freerun show` */
const defineShow = (command: Command): void => {
  const showing = addSubcommand(
    command,
    'show',
    'show an entry, also one that was removed: its latest units of work and history',
  )
    .argument('<process>', 'name of a freerun process')
    .argument('<entry>', 'name of the entry')
    .addOption(limitOption(10))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ synergy freerun show Housekeeping nightly\n\nOlder units: synergy uow list --process Housekeeping --entry nightly',
    );
  showing.action((processName: string, entryName: string, options: PageOptions) =>
    withSchedulerClient(showing, (client) => show(client, { processName, entryName }, options)),
  );
};

/** `synergy freerun add|change|on|off|remove|fire|show|list` */
export const define = (command: Command): void => {
  command.addHelpText('after', `\nExample:\n  $ synergy freerun add Housekeeping nightly 'at 03:00'`);
  defineAdd(command);
  const changing = settingOptions(addSubcommand(command, 'change', commandTable['set-freerun'].summary))
    .option('--trigger <schedule>', triggerField.description)
    .addHelpText(
      'after',
      `\nWhat the context says of an entry holds again when the scheduler starts.\n\nExample:\n  $ synergy freerun change Housekeeping nightly --trigger 'at 04:00'`,
    );
  deed(changing, async (client, entry, name) => {
    await change(client, entry, given(changing));
    return `changed ${name}`;
  });
  const texts = {
    on: 'let an entry fire on its schedule again',
    off: 'have an entry fire by hand only, until it is on again',
  };
  for (const [verb, text] of Object.entries(texts))
    deed(addSubcommand(command, verb, text), async (client, entry, name) => {
      await execute(client, { kind: 'set-freerun', ...entry, on: verb === 'on' });
      return `switched ${verb} ${name}`;
    });
  deed(
    addSubcommand(command, 'remove', commandTable['remove-freerun'].summary),
    async (client, entry, name) => {
      await execute(client, { kind: 'remove-freerun', ...entry });
      return `removed ${name}`;
    },
  );
  const firing = addSubcommand(command, 'fire', commandTable['fire-freerun'].summary).option(
    '--arguments <json>',
    'of this one firing, a JSON object: what they name is not taken from the entry',
    readArguments,
  );
  deed(firing, (client, entry, name) => fire(client, { ...entry, ...given(firing) }, name));
  defineShow(command);
  defineList(command);
};
