import { z } from 'zod';
import { END_OF_TIME } from '../../domain/time/calendar.ts';
import { commandRefusals, requestWithin } from '../../scheduler/commands/check-command.ts';
import type { ClientRequest } from '../../scheduler/commands/check-command.ts';
import { commandTable, trigger, uowId } from '../../scheduler/commands/command-table.ts';
import { command } from './answers.ts';
import * as gives from './trigger-answers.ts';
import { triggerLineRoutes } from './trigger-import.ts';
import { triggerPath, triggerReadRoutes } from './trigger-reads.ts';
import { lostOutcomes } from '../../domain/event/resend.ts';
import { executionFields } from '../../scheduler/api/list-fields.ts';
import { carryOut } from './commands.ts';
import { defineRoute, ok } from './route.ts';
import type { Route } from './route.ts';

/** Firings of a preview at most. */
const MOST_FIRINGS = 100;

const preview = defineRoute({
  method: 'post',
  path: '/triggers/preview',
  gives: gives.triggerPreview,
  codes: ['INVALID_SCHEDULE'],
  summary: 'What the schedule of an event trigger means, in words, with its next firings; changes nothing',
  body: z.strictObject({
    schedule: trigger,
    epsilon: z
      .number()
      .int()
      .min(1)
      .max(END_OF_TIME)
      .exactOptional()
      .describe('How late a delivery may begin, ms; 5 minutes by default, unless the schedule says it.'),
    count: z
      .number()
      .int()
      .min(1)
      .max(MOST_FIRINGS)
      .exactOptional()
      .describe('Firings to tell; 10 by default.'),
    from: z
      .number()
      .int()
      .min(0)
      .max(END_OF_TIME)
      .exactOptional()
      .describe('Those after this instant, ms; now by default.'),
  }),
  answer: (api, { body }) => ok(api.previewTrigger(body)),
});

/** Kinds of commands about one trigger, by what follows its name in the path. */
const deeds = {
  '': 'put-trigger',
  '/remove': 'remove-trigger',
  '/pause': 'pause-trigger',
  '/resume': 'resume-trigger',
  '/fire': 'fire-trigger',
  '/test': 'test-trigger',
  '/unsign': 'unsign-trigger',
  '/resend': 'resend-executions',
} as const;

const commandRoutes = Object.entries(deeds).map(([end, kind]) =>
  defineRoute({
    method: 'post',
    path: `/triggers/{owner}/{id}${end}`,
    gives: command,
    codes: commandRefusals,
    summary: `Has a command carried out: ${commandTable[kind].summary}`,
    params: triggerPath,
    body: requestWithin(kind),
    ...(kind === 'put-trigger' && { takesVersion: true }),
    answer: (api, { params: { owner, id }, body }) =>
      carryOut(api, { ...body, kind, owner, triggerId: id } as ClientRequest),
  }),
);

const resendPlan = defineRoute({
  method: 'get',
  path: '/triggers/{owner}/{id}/resend',
  gives: gives.resendPlan,
  codes: ['CONFLICT'],
  summary: 'What sending lost messages of an event trigger again would send; its hash goes into the command',
  params: triggerPath,
  query: z.strictObject({
    outcome: z.enum(lostOutcomes).exactOptional().describe('Those that ended so; both when left out.'),
    from: executionFields.from,
    to: executionFields.to.exactOptional().describe('Those due before this instant; now when left out.'),
  }),
  answer: async (api, { params, query }) => ok(await api.resendPlan(params, query)),
});

const resend = defineRoute({
  method: 'post',
  path: '/executions/{id}/resend',
  gives: command,
  codes: commandRefusals,
  summary: `Has a command carried out: ${commandTable['resend-execution'].summary}`,
  params: z.strictObject({ id: uowId }),
  body: requestWithin('resend-execution'),
  answer: (api, { params: { id }, body }) =>
    carryOut(api, { ...body, kind: 'resend-execution', uowId: id } as ClientRequest),
});

/** Endpoints about event triggers. */
export const triggerRoutes: readonly Route[] = [
  preview,
  ...triggerReadRoutes,
  ...triggerLineRoutes,
  ...commandRoutes,
  resendPlan,
  resend,
];
