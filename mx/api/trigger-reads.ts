import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { attemptsOf } from '../../domain/event/attempt.ts';
import { messageIdOf } from '../../domain/event/envelope.ts';
import { executionOf, executionState, executionStates } from '../../domain/event/execution.ts';
import { isTriggerId, triggerEntry } from '../../domain/event/trigger.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { executionFields, triggerStateList } from '../../scheduler/api/list-fields.ts';
import { stateOf } from '../../scheduler/api/trigger-view.ts';
import type { TriggerView } from '../../scheduler/api/trigger-view.ts';
import { uowId } from '../../scheduler/commands/command-table.ts';
import { defineList, defineRoute, ok, okAt } from './route.ts';
import type { Route } from './route.ts';
import * as gives from './trigger-answers.ts';

/** Lines of its log that are told with an execution: each attempt writes few. */
const LINES = 1_000;

/** Names an event trigger in a path. */
export const triggerPath = z.strictObject({
  owner: z.string().min(1).max(200).describe('Account that it belongs to; local where there are none.'),
  id: z.string().min(1).max(200),
});

/** What triggers are looked for by. */
export const triggerQuery = {
  q: z.string().max(200).exactOptional().describe('A part of id, name, schedule, address or a label.'),
  state: triggerStateList.exactOptional(),
  label: z.string().max(400).exactOptional().describe('A label that they have: `name`, or `name:value`.'),
  target: z.string().max(200).exactOptional().describe('A part of the address of their target.'),
  owner: z
    .string()
    .max(200)
    .exactOptional()
    .describe('Those of this account; others than admins see their own alone.'),
};

const triggerCursor = z
  .string()
  .max(400)
  .regex(/^[^/]+\/[^/]+$/, 'expected `owner/id` of the last row seen')
  .transform((text): TriggerKey => {
    const [owner = '', id = ''] = text.split('/');
    return { owner, id };
  })
  .refine(({ id }) => isTriggerId(id), 'expected `owner/id` of the last row seen');

const notAnExecution = (id: string): SynergyError =>
  new SynergyError(
    'NOT_FOUND',
    `${id} is no execution of an event trigger: GET /uows/{id} tells of other units of work`,
  );

/** An execution as it is told. Throws NOT_FOUND for another unit of work. */
const publicExecution = (uow: UowRecord) => {
  const execution = executionOf(uow);
  if (execution === undefined) throw notAnExecution(uow.id);
  const { id, trigger, at, due, occasion, first } = execution;
  const { attempt, startedAt, finishedAt, retryAt, error } = uow;
  return {
    ...{ id, trigger: triggerEntry(trigger), outcome: executionState(uow), at, due, occasion },
    ...{ message: messageIdOf(first, at), first, attempt, startedAt, finishedAt, retryAt, error },
  };
};

/** A trigger, and how it stands; JSON leaves out what is undefined. */
const told = (view: TriggerView) => ({
  ...{ ...view, state: stateOf(view) },
  ...{ executions: undefined, isFailing: undefined },
});

const list = defineList({
  path: '/triggers',
  row: gives.trigger,
  summary:
    'Event triggers without their payloads, in the order of their keys, with the next firing and the last execution',
  query: triggerQuery,
  cursor: triggerCursor,
  rows: (api, { query, page }) => api.triggers({ ...query, ...page }),
  cursorOf: triggerEntry,
  told: (view) => {
    const last = view.executions.find((uow) => executionOf(uow)?.occasion !== 'test');
    return {
      ...{ ...told(view), payload: undefined, nextFires: undefined, next: view.nextFires[0] ?? null },
      last: last === undefined ? null : publicExecution(last),
    };
  },
});

const one = defineRoute({
  method: 'get',
  path: '/triggers/{owner}/{id}',
  gives: gives.triggerView,
  versioned: true,
  summary: 'An event trigger with its next ten firings, and how its newest executions stand',
  params: triggerPath,
  answer: async (api, { params }) => {
    const [view, counts] = await Promise.all([api.trigger(params), api.executionCounts(params)]);
    return okAt(view.revision, { ...told(view), counts });
  },
});

const executions = defineList({
  path: '/triggers/{owner}/{id}/executions',
  row: gives.execution,
  summary: 'Executions of an event trigger, also of one that is gone, the one made last first',
  params: triggerPath,
  query: {
    outcome: z.enum(executionStates).exactOptional(),
    from: executionFields.from.exactOptional(),
    to: executionFields.to.exactOptional(),
  },
  cursor: uowId.describe('Id of the last row seen.'),
  rows: (api, { params, query, page }) => api.executions({ trigger: params, ...query, ...page }),
  cursorOf: ({ id }) => id,
  told: publicExecution,
});

const execution = defineRoute({
  method: 'get',
  path: '/executions/{id}',
  gives: gives.executionView,
  summary: 'An execution of an event trigger, with its attempts and what was captured',
  params: z.strictObject({ id: uowId }),
  answer: async (api, { params: { id } }) => {
    const told = publicExecution(await api.uow(id));
    const log = await api.log(id, 0, LINES);
    return ok({ ...told, attempts: attemptsOf(log), log });
  },
});

/** Endpoints that tell of event triggers and their executions. */
export const triggerReadRoutes: readonly Route[] = [list, one, executions, execution];
