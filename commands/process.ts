import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { commandTable, trigger as triggerField } from '../scheduler/commands/command-table.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { readArguments } from './cli/json-object.ts';
import { printManaged } from './list.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { addSubcommand } from './cli/setting-options.ts';

const refuseOtherKinds = ({ prepared }: SchedulerClient, name: string): void => {
  const kind = prepared.loaded.context.processes.find((process) => process.name === name)?.kind;
  if (kind === undefined || kind === 'managed') return;
  const instead = kind === 'freerun' ? "; its entries: 'synergy freerun list'" : '';
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `'${name}' is a ${kind} process: only managed ones are switched${instead}`,
  );
};

/** The process that a command is about, and why it is given. */
interface Subject {
  readonly processName: string;
  readonly reason: string | undefined;
}

/**
 * A command about one process and, where it has a second argument, a value: `act` has it done, and answers with what to
 * tell of it.
 */
const deed = (
  own: Command,
  act: (client: SchedulerClient, subject: Subject, value: string) => Promise<string>,
): Command =>
  own.addOption(reasonOption()).action(() =>
    withSchedulerClient(own, async (client) => {
      const [processName, value] = own.processedArgs as [string, string];
      refuseOtherKinds(client, processName);
      print(await act(client, { processName, reason: own.opts<{ reason?: string }>().reason }, value));
    }),
  );

/** `synergy process on|off|fire|trigger|arguments|list` */
export const define = (command: Command): void => {
  command.addHelpText(
    'after',
    `\nExample:\n  $ synergy process off SiteHourly --reason 'the log server is being moved'`,
  );
  const own = (name: string, description: string): Command =>
    addSubcommand(command, name, description).argument('<process>', 'name of a managed process');
  deed(own('on', 'let a managed process work on its jobs again'), async (client, subject) => {
    const { result } = await execute(client, { kind: 'set-managed', ...subject, on: true });
    const { trigger } = (result ?? {}) as { trigger?: string };
    return `switched on ${subject.processName}: ${trigger ?? ''}`;
  });
  deed(
    own('off', 'have a managed process begin nothing new until it is on again'),
    async (client, subject) => {
      await execute(client, { kind: 'set-managed', ...subject, on: false });
      return `switched off ${subject.processName}`;
    },
  );
  deed(own('fire', commandTable['fire-managed'].summary), async (client, subject) => {
    await execute(client, { kind: 'fire-managed', ...subject });
    return `fired ${subject.processName}: its active periods were looked at`;
  });
  const timing = own('trigger', 'change the schedule on which a managed process is looked at');
  deed(timing.argument('<schedule>', triggerField.description), async (client, subject, trigger) => {
    await execute(client, { kind: 'set-managed', ...subject, trigger });
    return `${subject.processName} is looked at ${trigger}`;
  });
  const giving = own('arguments', 'change what the units of work of a managed process are given');
  deed(giving.argument('<json>', 'a JSON object'), async (client, subject, text) => {
    const given = readArguments(text);
    await execute(client, { kind: 'set-managed', ...subject, arguments: given });
    return `units of work of ${subject.processName} that are made from now on get ${JSON.stringify(given)}`;
  });
  const listing = addSubcommand(command, 'list', 'show the managed processes').option('--json', 'print JSON');
  listing.action(({ json }: { json?: boolean }) =>
    withSchedulerClient(listing, async ({ api }) => {
      const managed = await api.managed();
      await (json === true ? Promise.resolve(printJson(managed)) : printManaged(managed));
    }),
  );
};
