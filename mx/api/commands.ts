import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { commandId, isPlanned } from '../../scheduler/commands/command-table.ts';
import type { Command } from '../../scheduler/commands/command-table.ts';
import { notRefused, requestSchema } from '../../scheduler/commands/check-command.ts';
import { listOrder } from '../../scheduler/api/list-fields.ts';
import { toProblem } from '../http/problem.ts';
import { entityQuery } from './entity-query.ts';
import { pageOf } from './page.ts';
import { defineRoute, ok } from './route.ts';
import type { Answer, Route } from './route.ts';

/** A plan that changed since its preview is answered with the new one, so that the client can show it and ask again. */
const refusal = async (api: SchedulerApi, command: Command, error: unknown): Promise<Answer> => {
  const isStale = error instanceof SynergyError && error.code === 'PLAN_CHANGED';
  if (!isStale || !isPlanned(command)) throw error;
  const problem = toProblem(error);
  return { status: problem.status, body: { ...problem, plan: await api.plan(command.kind, command) } };
};

const execute = defineRoute({
  method: 'post',
  path: '/commands',
  summary: 'Carries a command out; a repeated id is answered with the stored outcome',
  body: requestSchema,
  answer: async (api, { body }) => {
    try {
      const record = notRefused(await api.execute(body));
      return { status: record.state === 'open' ? 202 : 200, body: record };
    } catch (error) {
      return refusal(api, body, error);
    }
  },
});

const list = defineRoute({
  method: 'get',
  path: '/commands',
  summary: 'Commands, newest first',
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    entity: entityQuery,
    order: listOrder.exactOptional(),
    cursor: commandId.optional().describe('Id of the last row seen.'),
  }),
  answer: async (api, { query }) => {
    const filter = {
      ...(query.entity !== undefined && { entity: query.entity }),
      ...(query.order !== undefined && { order: query.order }),
      ...(query.cursor !== undefined && { after: query.cursor }),
    };
    const rows = await api.commands(query.limit + 1, filter);
    return ok(pageOf(rows, query.limit, ({ id }) => id));
  },
});

export const commandRoutes: readonly Route[] = [list, execute];
