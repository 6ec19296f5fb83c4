import type { Command } from 'commander';
import { LOCAL_OWNER, triggerEntry } from '../../domain/event/trigger.ts';
import { print } from '../../lib/terminal/output.ts';
import { execute, reasonOption, withSchedulerClient } from '../cli/scheduler-client.ts';
import type { SchedulerClient } from '../cli/scheduler-client.ts';

/** The result of a command about an event trigger. */
interface TriggerResult {
  readonly changed?: boolean;
  readonly revision?: number;
  readonly execution?: string;
}

interface Named {
  readonly owner: string;
  readonly reason?: string;
}

/** A command about one event trigger. */
export const deed = (
  own: Command,
  act: (
    client: SchedulerClient,
    about: Subject,
    given: { readonly args: readonly string[] },
  ) => Promise<string>,
): Command =>
  own
    .option('--owner <account>', 'account that it belongs to', LOCAL_OWNER)
    .addOption(reasonOption())
    .action(async (id: string) => {
      const { owner, reason } = own.opts<Named>();
      const subject = { owner, triggerId: id, reason };
      await withSchedulerClient(own, async (client) => print(await act(client, subject, { args: own.args })));
    });

/** The trigger that a command is about. */
interface Subject {
  readonly owner: string;
  readonly triggerId: string;
  readonly reason: string | undefined;
}

type Asked = Parameters<typeof execute>[1];

/** Has a command carried out; its result. */
export const resultOf = async (client: SchedulerClient, asked: Asked): Promise<TriggerResult> =>
  (await execute(client, asked)).result ?? {};

/** `owner/id` */
export const nameOf = ({ owner, triggerId }: Subject): string => triggerEntry({ owner, id: triggerId });
