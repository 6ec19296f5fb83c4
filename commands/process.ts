import type { Command } from 'commander';
import { SynergyError } from '../domain/errors.ts';
import { execute, throughDoor } from './door.ts';
import type { Door } from './door.ts';
import { printManaged } from './list.ts';
import { print, printJson } from './output.ts';
import { addSettings, storeSettings } from './setting-options.ts';

const refuseOtherKinds = ({ prepared }: Door, name: string): void => {
  const kind = prepared.loaded.context.processes.find((process) => process.name === name)?.kind;
  if (kind === undefined || kind === 'managed') return;
  const instead = kind === 'freerun' ? "; its entries: 'synergy freerun list'" : '';
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `'${name}' is a ${kind} process: only managed ones are switched${instead}`,
  );
};

const turn = async (
  door: Door,
  processName: string,
  change: { on: boolean; reason?: string },
): Promise<void> => {
  refuseOtherKinds(door, processName);
  const { result } = await execute(door, { kind: 'set-managed', processName, ...change });
  const { trigger } = (result ?? {}) as { trigger?: string };
  print(change.on ? `switched on ${processName}: ${trigger ?? ''}` : `switched off ${processName}`);
};

/** `synergy process on|off|list` */
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
    const own = add(name, text)
      .argument('<process>', 'name of a managed process')
      .option('--reason <text>', 'why, for the record');
    own.action((process: string, { reason }: { reason?: string }) =>
      throughDoor(own, (door) =>
        turn(door, process, { on: name === 'on', ...(reason === undefined ? {} : { reason }) }),
      ),
    );
  }
  const listing = add('list', 'show the managed processes').option('--json', 'print JSON');
  listing.action(({ json }: { json?: boolean }) =>
    throughDoor(listing, async ({ api }) => {
      const managed = await api.managed();
      await (json === true ? Promise.resolve(printJson(managed)) : printManaged(managed));
    }),
  );
};
