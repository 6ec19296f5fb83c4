import type { Command } from 'commander';
import { Option } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { checkJson, jsonLimits } from '../domain/model/json-check.ts';
import type { JsonObject, OverlapPolicy } from '../domain/model/process.ts';
import { execute, throughDoor } from './door.ts';
import type { Door } from './door.ts';
import { printEntries } from './list.ts';
import { print, printJson } from './output.ts';
import { addSettings, storeSettings } from './setting-options.ts';

interface AddOptions {
  readonly arguments?: string;
  readonly overlap?: OverlapPolicy;
  readonly description?: string;
}

const readArguments = (text: string): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    checkJson(value, jsonLimits.arguments, '--arguments');
    return value as JsonObject;
  }
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `arguments '${text}': expected a JSON object such as '{"days": 7}'`,
  );
};

const add = async (
  door: Door,
  [processName, entryName, trigger]: readonly [string, string, string],
  options: AddOptions,
): Promise<void> => {
  await execute(door, {
    kind: 'add-freerun',
    processName,
    entryName,
    trigger,
    ...(options.arguments === undefined ? {} : { arguments: readArguments(options.arguments) }),
    ...(options.overlap === undefined ? {} : { overlap: options.overlap }),
    ...(options.description === undefined ? {} : { description: options.description }),
  });
  print(`added ${processName} ${entryName}: ${trigger}`);
};

const remove = async (door: Door, processName: string, entryName: string): Promise<void> => {
  await execute(door, { kind: 'remove-freerun', processName, entryName });
  print(`removed ${processName} ${entryName}`);
};

const fire = async (door: Door, processName: string, entryName: string): Promise<void> => {
  const { result } = await execute(door, { kind: 'fire-freerun', processName, entryName });
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

/** `synergy freerun add|remove|fire|list` */
export const define = (command: Command): void => {
  command.addHelpText('after', `\nExample:\n  $ synergy freerun add Housekeeping nightly 'at 03:00'`);
  const adding = sub(command, 'add', 'add an entry to a freerun process')
    .argument('<process>')
    .argument('<entry>', 'name of the new entry')
    .argument('<trigger>', "schedule, such as 'every 15m', 'at 08:00' or 'cron 0 */2 * * *'")
    .option('--arguments <json>', 'arguments of its units of work, a JSON object')
    .addOption(
      new Option('--overlap <policy>', 'what a firing does while the last unit is unfinished').choices([
        'skip',
        'buffer-one',
        'allow',
        'cancel-other',
      ]),
    )
    .option('--description <text>', 'what it is for');
  adding.action((process: string, entry: string, trigger: string, options: AddOptions) =>
    throughDoor(adding, (door) => add(door, [process, entry, trigger], options)),
  );
  const removing = sub(command, 'remove', 'remove an entry that was added by hand')
    .argument('<process>')
    .argument('<entry>');
  removing.action((process: string, entry: string) =>
    throughDoor(removing, (door) => remove(door, process, entry)),
  );
  const firing = sub(command, 'fire', 'fire an entry now').argument('<process>').argument('<entry>');
  firing.action((process: string, entry: string) =>
    throughDoor(firing, (door) => fire(door, process, entry)),
  );
  const listing = sub(command, 'list', 'show all entries').option('--json', 'print JSON');
  listing.action(({ json }: { json?: boolean }) =>
    throughDoor(listing, async ({ api }) => {
      const entries = await api.freerun();
      await (json === true ? Promise.resolve(printJson(entries)) : printEntries(entries));
    }),
  );
};
