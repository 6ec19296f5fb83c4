import type { Command } from 'commander';
import { z } from 'zod';
import { executionOf, executionState } from '../../domain/event/execution.ts';
import { LOCAL_OWNER, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { explain } from '../../domain/schedule/explain.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { instantText, print, printJson, printTable } from '../../lib/terminal/output.ts';
import { triggerStateList } from '../../scheduler/api/list-fields.ts';
import { stateOf } from '../../scheduler/api/trigger-view.ts';
import type { TriggerFilter, TriggerView } from '../../scheduler/api/trigger-view.ts';
import { fieldOption } from '../cli/field-option.ts';
import { addPageOptions, printPage } from '../cli/page-options.ts';
import type { PageOptions } from '../cli/page-options.ts';
import { withSchedulerClient } from '../cli/scheduler-client.ts';
import { withoutToken } from '../cli/without-token.ts';

/** Options by which triggers are chosen. */
export const addFilter = (own: Command): Command =>
  own
    .option('--owner <account>', 'those of this account alone')
    .option('--q <text>', 'those with it in their id, name, schedule, address or labels')
    .addOption(fieldOption('--state <states>', triggerStateList))
    .option('--label <label>', 'those with this label: name, or name:value')
    .option('--target <text>', 'those with it in the address of their target');

/** The filter of those options. */
export const filterOf = ({ owner, q, state, label, target }: TriggerFilter): TriggerFilter => ({
  ...(owner !== undefined && { owner }),
  ...(q !== undefined && { q }),
  ...(state !== undefined && { state }),
  ...(label !== undefined && { label }),
  ...(target !== undefined && { target }),
});

const keySchema = z
  .string()
  .transform((text) => triggerOfEntry(text))
  .refine(
    (key): key is TriggerKey => key !== undefined,
    'expected the name of a trigger, such as local/backup',
  )
  .describe('those behind the trigger of this name');

const lastOf = ({ executions }: TriggerView): string => {
  const last = executions.find((uow) => executionOf(uow)?.occasion !== 'test');
  return last === undefined ? '-' : executionState(last);
};

const withoutTokens = (view: TriggerView) => ({ ...view, executions: view.executions.map(withoutToken) });

interface ListOptions extends PageOptions, TriggerFilter {
  readonly after?: TriggerKey;
}

/** `synergy trigger list` */
export const defineList = (own: Command): void => {
  addFilter(own).addHelpText('after', '\nExample:\n  $ synergy trigger list --state paused,failing');
  addPageOptions(own, 'name', keySchema);
  own.action(async ({ limit, json, after, ...given }: ListOptions) => {
    await withSchedulerClient(own, async ({ api }) => {
      const page = { ...filterOf(given), limit: limit + 1, ...(after !== undefined && { after }) };
      const table = (triggers: readonly TriggerView[]): Promise<void> =>
        printTable(
          ['trigger', 'state', 'schedule', 'next', 'last', 'target'],
          triggers.map((view) => [
            ...[triggerEntry(view), stateOf(view), view.schedule, instantText(view.nextFires[0])],
            ...[lastOf(view), view.target.url],
          ]),
          'no such event trigger',
        );
      await printPage(
        (await api.triggers(page)).map(withoutTokens),
        { limit, ...(json && { json }) },
        {
          table,
          cursorOf: triggerEntry,
        },
      );
    });
  });
};

/** `synergy trigger show` */
export const defineShow = (own: Command): void => {
  own
    .argument('<id>', 'id of the event trigger')
    .option('--owner <account>', 'account that it belongs to', LOCAL_OWNER)
    .option('--json', 'print JSON')
    .action(async (id: string, { owner, json }: { readonly owner: string; readonly json?: true }) => {
      await withSchedulerClient(own, async ({ api }) => {
        const view = await api.trigger({ owner, id });
        const counts = await api.executionCounts({ owner, id });
        if (json) return printJson({ ...withoutTokens(view), counts });
        const { schedule, epsilon, target, note, nextFires, executions } = view;
        print(`${triggerEntry(view)} is ${stateOf(view)}${note === null ? '' : `: ${note}`}`);
        print(explain(scheduleOf(schedule), systemClock.now(), { epsilon }).words);
        print(`${target.method} ${target.url}`);
        print(`next: ${nextFires.map(instantText).join(', ') || '-'}`);
        await printTable(
          ['execution', 'outcome', 'planned', 'attempts', 'error'],
          executions.map((uow) => [
            ...[uow.id, executionState(uow), instantText(executionOf(uow)?.at)],
            ...[uow.attempt, uow.error ?? '-'],
          ]),
          'it has no executions',
        );
      });
    });
};
