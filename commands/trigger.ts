import type { Command } from 'commander';
import { commandTable } from '../scheduler/commands/command-table.ts';
import { addSubcommand } from './cli/setting-options.ts';
import { defineTriggerSecrets } from './cli/trigger-secrets.ts';
import { defineAdd } from './trigger/add.ts';
import { deed, nameOf, resultOf } from './trigger/deed.ts';
import { defineList, defineShow } from './trigger/list.ts';
import { defineExport, defineImport } from './trigger/lines.ts';
import { definePreview } from './trigger/preview.ts';
import { instant } from './trigger/read-option.ts';
import { defineTest } from './trigger/test.ts';
import { defineResend } from './trigger/resend.ts';

/** Commands about a trigger that is there, and what is told when they are done. */
const deeds = {
  unsign: ['unsign-trigger', 'signed no more:'],
  pause: ['pause-trigger', 'paused'],
  resume: ['resume-trigger', 'resumed'],
  remove: ['remove-trigger', 'removed'],
} as const;

/** `synergy trigger add|list|show|pause|resume|remove|fire|test|unsign|resend|import|export|preview`, and what is about secrets */
export const define = (command: Command): void => {
  command.addHelpText('after', "\nExample:\n  $ synergy trigger preview 'R/2027-01-31T10:00:00Z/P1M/ET1H'");
  defineAdd(addSubcommand(command, 'add', commandTable['put-trigger'].summary));
  for (const [verb, [kind, done]] of Object.entries(deeds)) {
    const own = addSubcommand(command, verb, commandTable[kind].summary);
    own.argument('<id>', 'id of the event trigger');
    if (verb === 'pause') own.option('--note <text>', 'why, for those who find it paused');
    deed(own, async (client, subject) => {
      const { note } = own.opts<{ note?: string }>();
      const { changed = true } = await resultOf(client, {
        ...{ kind, ...subject },
        ...(note !== undefined && { note }),
      });
      return changed ? `${done} ${nameOf(subject)}` : `${nameOf(subject)} is so already`;
    });
  }
  const firing = addSubcommand(command, 'fire', commandTable['fire-trigger'].summary)
    .argument('<id>', 'id of the event trigger')
    .option('--at <instant>', 'planned instant that its target is told (default: now)', instant);
  deed(firing, async (client, subject) => {
    const { at } = firing.opts<{ at?: number }>();
    const given = at === undefined ? {} : { at };
    const { execution } = await resultOf(client, { kind: 'fire-trigger', ...subject, ...given });
    return `fired ${nameOf(subject)}: ${execution}`;
  });
  defineTest(addSubcommand(command, 'test', commandTable['test-trigger'].summary));
  defineList(addSubcommand(command, 'list', 'list event triggers, in the order of their names'));
  defineShow(
    addSubcommand(command, 'show', 'show an event trigger, what is ahead of it and its last executions'),
  );
  defineResend(addSubcommand(command, 'resend', commandTable['resend-executions'].summary));
  defineImport(addSubcommand(command, 'import', commandTable['put-triggers'].summary));
  defineExport(addSubcommand(command, 'export', 'print event triggers as JSON lines, as they are imported'));
  defineTriggerSecrets(command);
  definePreview(
    command
      .command('preview')
      .description('say what a schedule means, and when it fires next; changes nothing'),
  );
};
