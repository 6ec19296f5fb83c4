import type { Command } from 'commander';
import { listOrder } from '../scheduler/api/list-fields.ts';
import { entityArgument } from './cli/entity-argument.ts';
import { fieldOption } from './cli/field-option.ts';
import { addPageOptions, printPage, sequenceCursor } from './cli/page-options.ts';
import type { PageOptions } from './cli/page-options.ts';
import { withSchedulerClient } from './cli/scheduler-client.ts';
import { addSettings, storeSettings } from './cli/setting-options.ts';
import { printTransitions } from './cli/transition-table.ts';

interface Options extends PageOptions {
  readonly own?: true;
  readonly order?: 'newest' | 'oldest';
  readonly after?: number;
}

/** `synergy journal [entity]` */
export const define = (command: Command): void => {
  addSettings(command, storeSettings)
    .addArgument(entityArgument())
    .option('--own', 'those of the entity alone: of an entry without those of its units of work')
    .addOption(fieldOption('--order <order>', listOrder));
  addPageOptions(command, 'sequence', sequenceCursor);
  command.addHelpText('after', '\nExample:\n  $ synergy journal Housekeeping:nightly --own --limit 20');
  command.action((entityId: string | undefined, { json, limit, ...given }: Options) =>
    withSchedulerClient(command, async ({ api }) => {
      const found = await api.journal({
        ...given,
        ...(entityId !== undefined && { entityId }),
        limit: limit + 1,
      });
      await printPage(
        found,
        { limit, ...(json && { json }) },
        {
          table: (rows) => printTransitions(rows, ['sequence', 'entityId']),
          cursorOf: ({ sequence }) => sequence,
        },
      );
    }),
  );
};
