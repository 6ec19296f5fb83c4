import { Option } from 'commander';
import type { Command } from 'commander';
import { lostOutcomes } from '../../domain/event/resend.ts';
import type { ResendPlan } from '../../domain/event/resend.ts';
import { LOCAL_OWNER } from '../../domain/event/trigger.ts';
import { plural } from '../../domain/plural.ts';
import { confirm } from '../../lib/terminal/confirm.ts';
import { instantText, print, printJson } from '../../lib/terminal/output.ts';
import { execute, reasonOption, withSchedulerClient } from '../cli/scheduler-client.ts';
import { instant } from './read-option.ts';

interface ResendOptions {
  readonly owner: string;
  readonly since: number;
  readonly to?: number;
  readonly outcome?: (typeof lostOutcomes)[number];
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly reason?: string;
}

const planText = ({ count, target, oldest, newest }: ResendPlan): string =>
  count === 0
    ? 'nothing was lost that was not delivered since, or is under way'
    : `${plural(count, 'message')} to ${target}, planned from ${instantText(oldest)} to ${instantText(newest)}`;

const resend = async (own: Command, id: string, options: ResendOptions): Promise<void> => {
  const { owner, since: from, to, outcome, dryRun, yes, json, reason } = options;
  await withSchedulerClient(own, async (client) => {
    const chosen = { from, ...(outcome !== undefined && { outcome }) };
    const plan = await client.api.resendPlan({ owner, id }, { ...chosen, ...(to !== undefined && { to }) });
    if (!json) print(planText(plan));
    if (dryRun || plan.count === 0) return json ? printJson(plan) : undefined;
    const messages = plural(plan.count, 'message');
    if (!yes && !(await confirm(`send ${messages} again?`))) return print('left as it was');
    const command = { kind: 'resend-executions', owner, triggerId: id, ...chosen } as const;
    await execute(client, { ...command, to: plan.to, planHash: plan.hash, reason });
    if (json) printJson(plan);
    else print(`sent ${messages} again`);
  });
};

/** `synergy trigger resend` */
export const defineResend = (own: Command): void => {
  own
    .argument('<id>', 'id of the event trigger')
    .option('--owner <account>', 'account that it belongs to', LOCAL_OWNER)
    .requiredOption('--since <instant>', 'those due at this instant or later', instant)
    .option('--to <instant>', 'those due before this instant (default: now)', instant)
    .addOption(new Option('--outcome <outcome>', 'those that ended so (default: both)').choices(lostOutcomes))
    .option('--dry-run', 'show what would be sent and change nothing')
    .option('--yes', 'do it without asking')
    .option('--json', 'print JSON')
    .addOption(reasonOption())
    .addHelpText(
      'after',
      '\nExample:\n  $ synergy trigger resend backup --since 2027-01-31T10:00:00Z --dry-run',
    )
    .action((id: string, options: ResendOptions) => resend(own, id, options));
};
