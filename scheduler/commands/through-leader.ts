import { commandSpec } from '../../db/collections.ts';
import type { CommandStore } from '../../db/collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { COMMAND_QUEUE } from '../../domain/model/queue-name.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import type { Queue } from '../../mq/queue.ts';
import { waitUntil } from '../../lib/sleep.ts';
import { checkSame, notRefused } from './check-command.ts';

/** How long a living scheduler may take to carry out a command, ms. */
const PATIENCE = 30_000;

/**
 * Leaves a command with the scheduler at work, and waits for what becomes of it. One whose id is known is answered with its
 * outcome. Throws what it was refused with, and CONFLICT when it is not taken up in time, or its id is that of another.
 */
export const throughLeader = async (
  { store, queue }: { readonly store: CommandStore; readonly queue: Pick<Queue, 'publish'> },
  record: CommandRecord,
): Promise<CommandRecord> => {
  const commands = store.collection(commandSpec);
  if (!(await commands.insertNew(record))) {
    const known = await commands.get({ id: record.id });
    if (known !== undefined) checkSame(known, record);
  }
  await queue.publish(COMMAND_QUEUE, [record.id]);
  let outcome: CommandRecord | undefined;
  const isOver = async (): Promise<boolean> => {
    outcome = await commands.get({ id: record.id });
    return outcome !== undefined && outcome.state !== 'open';
  };
  if (!(await waitUntil(isOver, PATIENCE)) || outcome === undefined) {
    throw new SynergyError(
      'CONFLICT',
      `the scheduler did not take up command ${record.id} within ${PATIENCE / 1000} s; it stays in the store and is carried out when the scheduler can: see 'synergy query'`,
    );
  }
  return notRefused(outcome);
};
