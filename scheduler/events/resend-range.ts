import { finishCommand } from '../../db/collections.ts';
import type { Cause, Store } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { digest } from '../../domain/cascade/digest.ts';
import { executionUow, handExecutionId } from '../../domain/event/execution.ts';
import type { Execution } from '../../domain/event/execution.ts';
import { EXECUTION_QUEUE } from '../../domain/event/process.ts';
import { resendPlan, toResend } from '../../domain/event/resend.ts';
import type { ResendPlan, ResendRange } from '../../domain/event/resend.ts';
import { EVENTS, triggerEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import type { CommandRecord, UowRecord } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import type { CommandOf } from '../commands/command-table.ts';
import { ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { existing, find, keyOf } from './change-trigger.ts';
import type { TriggerServices } from './change-trigger.ts';
import type { Asked } from './fire-by-hand.ts';

/** Executions that are read at once, and written in one commit. */
const BATCH = 500;
/** Executions since the beginning of a range that are looked at, and so messages that one command sends at most. */
export const MOST_RESENT = 10_000;

/** All executions of a trigger that were made since a moment before an instant, ms, the first one first. */
const executionsSince = async (store: Store, key: TriggerKey, from: number): Promise<UowRecord[]> => {
  const query = { processName: EVENTS, entryName: triggerEntry(key), order: 'oldest', limit: BATCH } as const;
  const found: UowRecord[] = [];
  for (let last: string | undefined; ;) {
    // Planned ahead, they are made before they are due.
    const since = { from: from - FIRING_LEAD, ...(last !== undefined && { after: last }) };
    const page = await store.findUows({ ...query, ...since });
    found.push(...page);
    last = page.at(-1)?.id;
    if (page.length < BATCH || last === undefined) return found;
    if (found.length > MOST_RESENT)
      throw new SynergyError(
        'CONFLICT',
        `${triggerEntry(key)} has more than ${MOST_RESENT} executions since ${new Date(from).toISOString()}: expected a later 'from'`,
      );
  }
};

/** What is to be sent again, and the plan that says so. */
const readResend = async (
  store: Store,
  key: TriggerKey,
  { range, until }: { readonly range: ResendRange; readonly until?: number },
): Promise<{ readonly plan: ResendPlan; readonly executions: readonly Execution[] }> => {
  const trigger: EventTrigger = existing(key, await find(store, key));
  const executions = toResend(await executionsSince(store, key, range.from), range, until);
  return { plan: resendPlan(trigger, range, executions), executions };
};

/** What a command to send the messages of a range again would send, now. Throws NOT_FOUND, CONFLICT for too many. */
export const planResend = async (store: Store, key: TriggerKey, range: ResendRange): Promise<ResendPlan> =>
  (await readResend(store, key, { range })).plan;

/** Keeps the plan with the command: a scheduler that takes it up again after a crash goes on with it. */
const begin = async (
  store: Store,
  plan: ResendPlan,
  { id, planHash }: { id: string; planHash?: string | undefined },
) => {
  if (planHash !== undefined && planHash !== plan.hash)
    throw new SynergyError(
      'PLAN_CHANGED',
      `the plan changed since it was shown: look at it again (${plural(plan.count, 'message')} now) and repeat`,
    );
  await finishCommand(store, id, { state: 'open', result: { ...plan }, finishedAt: null });
};

/** The execution that a command makes to send a message again, under the same id whenever it is carried out. */
const again = ({ trigger, at, first }: Execution, { id, createdAt }: CommandRecord): Execution => ({
  ...{ id: handExecutionId(trigger, `${id}.${digest(first)}`), trigger, at, due: createdAt },
  ...{ occasion: 'hand', first },
});

const send = async (
  shared: SchedulerContext,
  executions: readonly Execution[],
  cause: Cause,
): Promise<void> => {
  const uows = executions.map((each) => executionUow(each, { now: shared.clock.now(), ahead: 0 }));
  // Those that are there already stay as they are.
  await shared.store.commit(uows.map((uow) => ({ cause, writes: [{ kind: 'uow-insert', uow }] })));
  await ring(
    shared,
    EXECUTION_QUEUE,
    uows.map(({ id }) => id),
  );
};

/**
 * Sends the messages again that executions of a range did not deliver, each once, in executions of their own with an epsilon
 * from now; one that was begun is taken to its end. Answers the plan. Throws NOT_FOUND, PLAN_CHANGED, CONFLICT.
 */
export const resendRange = async (
  services: TriggerServices,
  { outcome, from, to, planHash, ...named }: CommandOf<'resend-executions'>,
  { cause, command }: Asked,
): Promise<JsonObject> => {
  const { shared, events } = services;
  events.planner.check();
  const begun = command.result;
  const range = { from, to, ...(outcome !== undefined && { outcome }) };
  // What ended meanwhile was no part of the plan.
  const until = begun === null ? {} : { until: command.createdAt };
  const { plan, executions } = await readResend(shared.store, keyOf(named), { range, ...until });
  if (begun === null) await begin(shared.store, plan, { id: command.id, planHash });
  for (let first = 0; first < executions.length; first += BATCH) {
    const batch = executions.slice(first, first + BATCH);
    await send(
      shared,
      batch.map((each) => again(each, command)),
      cause,
    );
  }
  return begun ?? { ...plan };
};
