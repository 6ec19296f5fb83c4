import type { Command } from 'commander';
import type { Plan } from '../domain/cascade/plan.ts';
import type { JobKey } from '../domain/model/record.ts';
import { describeBlocker, describeRoot } from '../domain/timetable/blocker-sentence.ts';
import { unitStandingOf } from '../domain/timetable/standing.ts';
import type { Explanation, JobView } from '../scheduler/api/api.ts';
import { commandTable, cascadeKinds } from '../scheduler/commands/command-table.ts';
import { plural } from '../domain/plural.ts';
import { confirm } from '../lib/terminal/confirm.ts';
import { execute, reasonOption, withSchedulerClient } from './cli/scheduler-client.ts';
import type { SchedulerClient } from './cli/scheduler-client.ts';
import { instantText, print, printJson, printTable } from '../lib/terminal/output.ts';
import { printTransitions } from './cli/transition-table.ts';
import { addSubcommand } from './cli/setting-options.ts';

interface Options {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

const printExplanation = ({
  processName,
  timeperiod,
  standing,
  summary,
  blockers,
  roots,
}: Explanation): void => {
  print(`${processName} ${timeperiod} is ${standing}: ${summary}`);
  for (const blocker of blockers) print(`  waits for ${describeBlocker(blocker)}`);
  const own = new Set(blockers.map(describeRoot));
  const deeper = roots.map(describeRoot).filter((text) => !own.has(text));
  if (deeper.length > 0) print('in the end:');
  for (const text of deeper) print(`  ${text}`);
};

const explain = async ({ api }: SchedulerClient, key: JobKey, { json }: Options): Promise<void> => {
  const explanation = await api.explain(key);
  if (json === true) printJson(explanation);
  else printExplanation(explanation);
};

const printJob = async (view: JobView): Promise<void> => {
  const { interval, node } = view;
  printExplanation(view.explanation);
  print(`covers ${instantText(interval.start)} to ${instantText(interval.end)}, version ${node.version}`);
  await printTable(
    ['unit of work', 'state', 'attempt', 'started', 'finished', 'processed', 'aggregated', 'error'],
    view.uows.map((uow) => [
      uow.id,
      unitStandingOf(uow),
      uow.attempt,
      instantText(uow.startedAt),
      instantText(uow.finishedAt),
      uow.processed,
      uow.aggregated,
      uow.error ?? '-',
    ]),
    'no unit of work yet',
  );
  await printTransitions(view.transitions);
};

const show = async ({ api }: SchedulerClient, key: JobKey, { json }: Options): Promise<void> => {
  const view = await api.job(key);
  await (json === true ? Promise.resolve(printJson(view)) : printJob(view));
};

const printPlan = (plan: Plan): Promise<void> =>
  printTable(
    ['process', 'timeperiod', 'from', 'to', 'cancels its unit'],
    plan.steps.map((step) => [
      step.processName,
      step.timeperiod,
      step.standing,
      step.to,
      step.cancelsUow ? 'yes' : 'no',
    ]),
    'nothing to do',
  );

const jobs = (plan: Plan): string => plural(plan.steps.length, 'job');

/** Shows what would happen, asks, and has it done. What was shown is what is done, or nothing. */
const cascade = async (
  client: SchedulerClient,
  kind: Plan['kind'],
  key: JobKey,
  options: Options,
): Promise<void> => {
  const plan = await client.api.plan(kind, key);
  const { json = false } = options;
  if (options.dryRun === true || plan.steps.length === 0) return json ? printJson(plan) : printPlan(plan);
  const asked = { kind, ...key, reason: options.reason };
  if (options.yes === true) {
    const { result } = await execute(client, { ...asked, planHash: plan.hash });
    const done = result as unknown as Plan;
    if (json) return printJson(done);
    await printPlan(done);
    return print(`${kind}: ${jobs(done)}`);
  }
  await printPlan(plan);
  if (!(await confirm(`${kind} ${jobs(plan)}?`))) return print('left as it was');
  await execute(client, { ...asked, planHash: plan.hash });
  print(`${kind}: ${jobs(plan)}`);
};

type Action = (client: SchedulerClient, key: JobKey, options: Options) => Promise<void>;

/** `synergy job show|explain|reprocess|skip <process> <timeperiod>` */
export const define = (command: Command): void => {
  command.addHelpText('after', '\nExample:\n  $ synergy job reprocess SiteHourly 2015051710 --dry-run');
  const add = (name: string, description: string, action: Action): Command => {
    const own = addSubcommand(command, name, description)
      .argument('<process>', 'name of a managed process')
      .argument('<timeperiod>', 'YYYYMMDDHH, with zeros for what its qualifier does not need')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  $ synergy job ${name} SiteDaily 2015051700`);
    return own.action((processName: string, timeperiod: string, options: Options) =>
      withSchedulerClient(own, (client) => action(client, { processName, timeperiod }, options)),
    );
  };
  add('show', 'show a job, its units of work and its history', show);
  add('explain', 'say why a job is not further', explain);
  for (const kind of cascadeKinds) {
    const { summary, effect } = commandTable[kind];
    add(kind, summary, (client, key, options) => cascade(client, kind, key, options))
      .summary(summary)
      .description(effect)
      .option('--dry-run', 'show what would happen and change nothing')
      .option('--yes', 'do it without asking')
      .addOption(reasonOption());
  }
};
