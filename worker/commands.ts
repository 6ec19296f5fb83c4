import { commandSpec } from '../db/collections.ts';
import type { WorkerStore } from '../db/store.ts';
import type { Clock } from '../domain/clock.ts';
import { commandSubject } from '../domain/model/entity.ts';
import { COMMAND_QUEUE } from '../domain/model/queue-name.ts';
import type { CommandRecord } from '../domain/model/record.ts';
import { sleep } from '../lib/sleep.ts';
import type { Queue } from '../mq/queue.ts';

/** Pauses between looks at a command that is not carried out yet, ms. */
const PAUSES = { first: 20, longest: 500 };

/** What commands are left with the scheduler through. */
export interface CommandTools {
  readonly store: Pick<WorkerStore, 'collection'>;
  readonly queue: Pick<Queue, 'publish'>;
  readonly clock: Clock;
}

/** A command of a worker; one whose id is known already is that one, and not another. */
type GivenCommand = Pick<CommandRecord, 'id' | 'kind' | 'arguments' | 'actor' | 'reason'>;

/** Leaves a command with the scheduler. */
export const leaveCommand = async (
  { store, queue, clock }: CommandTools,
  given: GivenCommand,
): Promise<void> => {
  await store.collection(commandSpec).insertNew({
    ...given,
    ...commandSubject(given.arguments),
    createdAt: clock.now(),
    state: 'open',
    finishedAt: null,
    result: null,
  });
  await queue.publish(COMMAND_QUEUE, [given.id]);
};

/** Resolves with a command that was left once the scheduler has carried it out or refused it; rejects when `signal` aborts. */
export const endedCommand = async (
  { store }: CommandTools,
  id: string,
  signal: AbortSignal,
): Promise<CommandRecord> => {
  for (let pause = PAUSES.first; ; pause = Math.min(2 * pause, PAUSES.longest)) {
    signal.throwIfAborted();
    const record = await store.collection(commandSpec).get({ id });
    if (record !== undefined && record.state !== 'open') return record;
    await sleep(pause, signal);
  }
};
