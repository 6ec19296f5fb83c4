import type { Command } from 'commander';
import type { CommandRecord } from '../domain/model/record.ts';
import { instantText, printTable } from '../lib/terminal/output.ts';
import { listOrder } from '../scheduler/api/list-fields.ts';
import { commandId } from '../scheduler/commands/command-table.ts';
import { entityArgument } from './cli/entity-argument.ts';
import { fieldOption } from './cli/field-option.ts';
import { addPageOptions, printPage } from './cli/page-options.ts';
import type { PageOptions } from './cli/page-options.ts';
import { withSchedulerClient } from './cli/scheduler-client.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';

interface Options extends PageOptions {
  readonly order?: 'newest' | 'oldest';
  readonly after?: string;
}

const printCommands = (commands: readonly CommandRecord[]): Promise<void> =>
  printTable(
    ['command', 'at', 'kind', 'about', 'state', 'actor', 'reason'],
    commands.map(({ id, createdAt, kind, entity, state, actor, reason }) => [
      id,
      instantText(createdAt),
      kind,
      entity ?? '-',
      state,
      actor,
      reason ?? '-',
    ]),
    'no command yet',
  );

/** `synergy commands [entity]` */
export const define = (command: Command): void => {
  addSettings(command, storeSettings)
    .addArgument(entityArgument())
    .addOption(fieldOption('--order <order>', listOrder));
  addPageOptions(command, 'id', commandId.describe('those behind the command of this id'));
  command.addHelpText('after', '\nExample:\n  $ synergy commands Housekeeping:nightly');
  command.action((entity: string | undefined, { json, limit, ...given }: Options) =>
    withSchedulerClient(command, async ({ api }) => {
      const found = await api.commands(limit + 1, { ...given, ...(entity !== undefined && { entity }) });
      await printPage(
        found,
        { limit, ...(json && { json }) },
        { table: printCommands, cursorOf: ({ id }) => id },
      );
    }),
  );
};
