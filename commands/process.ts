import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { commandTable, trigger as triggerField } from '../scheduler/commands/command-table.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { readArguments } from './cli/json-object.ts';
import { printManaged } from './list.ts';
import { print, printJson } from '../lib/terminal/output.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';

const refuseOtherKinds = ({ prepared }: SchedulerClient, name: string): void => {
  const kind = prepared.loaded.context.processes.find((process) => process.name === name)?.kind;
  if (kind === undefined || kind === 'managed') return;
  const instead = kind === 'freerun' ? "; its entries: 'synergy freerun list'" : '';
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `'${name}' is a ${kind} process: only managed ones are switched${instead}`,
  );
};

const turn = async (
  client: SchedulerClient,
  processName: string,
  change: { on: boolean; reason?: string },
): Promise<void> => {
  refuseOtherKinds(client, processName);
  const { result } = await execute(client, { kind: 'set-managed', processName, ...change });
  const { trigger } = (result ?? {}) as { trigger?: string };
  print(change.on ? `switched on ${processName}: ${trigger ?? ''}` : `switched off ${processName}`);
};

interface Given {
  readonly reason?: string;
}

const reasoned = ({ reason }: Given): Given => (reason === undefined ? {} : { reason });

const fire = async (client: SchedulerClient, processName: string, options: Given): Promise<void> => {
  refuseOtherKinds(client, processName);
  await execute(client, { kind: 'fire-managed', processName, ...options });
  print(`fired ${processName}: its active periods were looked at`);
};

const setTrigger = async (
  client: SchedulerClient,
  [processName, trigger]: readonly [string, string],
  options: Given,
): Promise<void> => {
  refuseOtherKinds(client, processName);
  await execute(client, { kind: 'set-managed', processName, trigger, ...options });
  print(`${processName} is looked at ${trigger}`);
};

const setArguments = async (
  client: SchedulerClient,
  [processName, text]: readonly [string, string],
  options: Given,
): Promise<void> => {
  refuseOtherKinds(client, processName);
  const given = readArguments(text);
  await execute(client, { kind: 'set-managed', processName, arguments: given, ...options });
  print(`units of work of ${processName} that are made from now on get ${JSON.stringify(given)}`);
};

/** `synergy process fire|trigger|arguments` */
const defineChanges = (add: (name: string, description: string) => Command): void => {
  const own = (name: string, description: string): Command =>
    add(name, description).argument('<process>', 'name of a managed process').addOption(reasonOption());
  const firing = own('fire', commandTable['fire-managed'].summary);
  firing.action((process: string, options: Given) =>
    withSchedulerClient(firing, (client) => fire(client, process, reasoned(options))),
  );
  const timing = own('trigger', 'change the schedule on which a managed process is looked at').argument(
    '<schedule>',
    triggerField.description,
  );
  timing.action((process: string, schedule: string, options: Given) =>
    withSchedulerClient(timing, (client) => setTrigger(client, [process, schedule], reasoned(options))),
  );
  const giving = own('arguments', 'change what the units of work of a managed process are given').argument(
    '<json>',
    'a JSON object',
  );
  giving.action((process: string, text: string, options: Given) =>
    withSchedulerClient(giving, (client) => setArguments(client, [process, text], reasoned(options))),
  );
};

/** `synergy process on|off|fire|trigger|arguments|list` */
export const define = (command: Command): void => {
  command.addHelpText(
    'after',
    `\nExample:\n  $ synergy process off SiteHourly --reason 'the log server is being moved'`,
  );
  const add = (name: string, description: string): Command =>
    addSettings(command.command(name), storeSettings).description(description);
  const texts = {
    on: 'let a managed process work on its jobs again',
    off: 'have a managed process begin nothing new until it is on again',
  };
  for (const [name, text] of Object.entries(texts)) {
    const own = add(name, text).argument('<process>', 'name of a managed process').addOption(reasonOption());
    own.action((process: string, { reason }: { reason?: string }) =>
      withSchedulerClient(own, (client) =>
        turn(client, process, { on: name === 'on', ...(reason === undefined ? {} : { reason }) }),
      ),
    );
  }
  defineChanges(add);
  const listing = add('list', 'show the managed processes').option('--json', 'print JSON');
  listing.action(({ json }: { json?: boolean }) =>
    withSchedulerClient(listing, async ({ api }) => {
      const managed = await api.managed();
      await (json === true ? Promise.resolve(printJson(managed)) : printManaged(managed));
    }),
  );
};
