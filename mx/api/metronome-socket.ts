import type { Response } from 'express';
import { triggerOfEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { LiveEvent, LiveExecution } from '../../scheduler/api/live-event.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { nothing, readInput } from '../http/input.ts';
import { identityOf } from '../http/request-context.ts';
import type { Dialect } from '../http/web-socket.ts';
import { runCodeOf, taskGuid, taskInstant, taskOf } from './metronome-task.ts';

const MICROSECONDS = 1_000;

/** Undefined when it was deleted meanwhile. */
const find = async (api: SchedulerApi, key: TriggerKey): Promise<TriggerView | undefined> => {
  try {
    return await api.trigger(key);
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};

const stateOf = async (api: SchedulerApi, run: LiveExecution): Promise<string | undefined> => {
  const { trigger, at, state, ms, endedAt } = run;
  const key = triggerOfEntry(trigger);
  const isEnd = state === 'success' || state === 'failed' || state === 'expired';
  if (!isEnd || key === undefined || endedAt === null) return undefined;
  const told = {
    ...{ taskGUID: taskGuid(key), at: taskInstant(at), doneAt: taskInstant(endedAt) },
    // None was begun of one that has expired.
    duration: (ms ?? 0) * MICROSECONDS,
    URN: (await find(api, key))?.target.url ?? null,
    state: runCodeOf(state),
  };
  return `state:${JSON.stringify(told)}`;
};

/** What clients are told of an event, one message for each change. */
async function* messagesOf(api: SchedulerApi, event: LiveEvent): AsyncGenerator<string | undefined> {
  if (event.topic === 'executions') for (const run of event.changed) yield stateOf(api, run);
  if (event.topic !== 'triggers') return;
  for (const { kind, ...key } of event.changed) {
    const trigger = kind === 'removed' ? undefined : await find(api, key);
    if (trigger !== undefined) yield `task:${JSON.stringify(taskOf(trigger))}`;
  }
}

/** As clients of Metronome are told: the first message is their token, and they hear of their own tasks alone. */
export const metronomeDialect = (apiOf: (response: Response) => SchedulerApi): Dialect => ({
  readQuery: (query) => {
    readInput(nothing, query, 'query');
    return { topics: ['triggers', 'executions'] };
  },
  read: (text) => ({ token: text.trim() }),
  expected: 'expected a token',
  tell: (response, send) => {
    const api = apiOf(response);
    const owner = identityOf(response)?.actor;
    let told = Promise.resolve();
    const tell = async (event: LiveEvent): Promise<void> => {
      for await (const message of messagesOf(api, event)) if (message !== undefined) send(message);
    };
    return ({ event }) => {
      if (event === undefined || event.topic === 'jobs' || event.owner !== owner) return;
      // What cannot be read now, as while the store is away, is left out.
      told = told.then(() => tell(event)).catch(() => undefined);
    };
  },
});
