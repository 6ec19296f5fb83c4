import type { Plan } from '../../domain/cascade/plan.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { ResendPlan } from '../../domain/event/resend.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { commandId } from '../../scheduler/commands/command-table.ts';
import type { Command } from '../../scheduler/commands/command-table.ts';
import { commandRefusals, notRefused, requestSchema } from '../../scheduler/commands/check-command.ts';
import type { ClientRequest } from '../../scheduler/commands/check-command.ts';
import { listOrder } from '../../scheduler/api/list-fields.ts';
import { toProblem } from '../http/problem.ts';
import * as gives from './answers.ts';
import { entityQuery } from './entity-query.ts';
import { defineList, defineRoute } from './route.ts';
import type { Answer, Route } from './route.ts';

/** A command about an event trigger. */
type OfTrigger = Extract<Command, { readonly triggerId: string }>;

/** 0 for one that is not there. */
const triggerVersion = async (api: SchedulerApi, { owner, triggerId: id }: OfTrigger): Promise<number> => {
  try {
    return (await api.trigger({ owner, id })).revision;
  } catch (error) {
    if (error instanceof SynergyError && error.code === 'NOT_FOUND') return 0;
    throw error;
  }
};

/** The version that the subject of a command has now. */
const versionNow = async (api: SchedulerApi, command: Command): Promise<number> => {
  if ('triggerId' in command) return triggerVersion(api, command);
  if ('uowId' in command) return (await api.uow(command.uowId)).version;
  if ('timeperiod' in command) return api.node(command).version;
  if ('entryName' in command) return (await api.freerunEntry(command)).version;
  throw new Error(`what ${command.kind} is about has no version`);
};

/** The plan of a command as it is now. */
const planNow = async (api: SchedulerApi, command: Command): Promise<Plan | ResendPlan> => {
  if (command.kind === 'reprocess' || command.kind === 'skip') return api.plan(command.kind, command);
  if (command.kind !== 'resend-executions') throw new Error(`a command ${command.kind} has no plan`);
  const { owner, triggerId, outcome, from, to } = command;
  return api.resendPlan({ owner, id: triggerId }, { from, to, ...(outcome !== undefined && { outcome }) });
};

/**
 * A plan that changed since its preview is answered with the new one, and so is a version, so that the client can show it
 * and ask again.
 */
const refusal = async (api: SchedulerApi, command: Command, error: unknown): Promise<Answer> => {
  if (!(error instanceof SynergyError)) throw error;
  const problem = toProblem(error);
  const answer = { status: problem.status, body: problem };
  if (error.code === 'PLAN_CHANGED')
    return { ...answer, body: { ...problem, plan: await planNow(api, command) } };
  if (error.code !== 'VERSION_CHANGED') throw error;
  const version = await versionNow(api, command);
  return { ...answer, body: { ...problem, version }, version };
};

/** Has a command carried out, and answers with its record. */
export const carryOut = async (api: SchedulerApi, request: ClientRequest): Promise<Answer> => {
  try {
    const record = notRefused(await api.execute(request));
    return { status: record.state === 'open' ? 202 : 200, body: record };
  } catch (error) {
    return refusal(api, request, error);
  }
};

const execute = defineRoute({
  method: 'post',
  path: '/commands',
  gives: gives.command,
  codes: commandRefusals,
  summary: 'Carries a command out; a repeated id is answered with the stored outcome',
  body: requestSchema,
  takesVersion: true,
  answer: (api, { body }) => carryOut(api, body),
});

const list = defineList({
  path: '/commands',
  row: gives.command,
  summary: 'Commands, newest first',
  query: { entity: entityQuery, order: listOrder.exactOptional() },
  cursor: commandId.describe('Id of the last row seen.'),
  rows: (api, { query: { entity, order }, page: { limit, after } }) =>
    api.commands(limit, {
      ...(entity !== undefined && { entity }),
      ...(order !== undefined && { order }),
      ...(after !== undefined && { after }),
    }),
  cursorOf: ({ id }) => id,
});

export const commandRoutes: readonly Route[] = [list, execute];
