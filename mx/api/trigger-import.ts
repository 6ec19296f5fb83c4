import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { SynergyError, errorCodes } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { commandRefusals, notRefused } from '../../scheduler/commands/check-command.ts';
import { commandId, commandTable, reason } from '../../scheduler/commands/command-table.ts';
import { importResult, lineOf, readTriggerLines } from '../../scheduler/commands/trigger-lines.ts';
import type { ImportResult, TriggerLines } from '../../scheduler/commands/trigger-lines.ts';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import { toProblem } from '../http/problem.ts';
import { defineRoute, ok } from './route.ts';
import type { Answer, Route } from './route.ts';
import * as gives from './trigger-answers.ts';
import { triggerQuery } from './trigger-reads.ts';

const query = z.strictObject({
  reason,
  id: commandId
    .exactOptional()
    .describe('Made up by the client; a repetition with the same id changes nothing.'),
  atomic: z
    .enum(['true', 'false'])
    .exactOptional()
    .describe('None is put unless all will do; one that will not is answered with its code.'),
  owner: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe('Account that all belong to, instead of theirs.'),
});
type Query = z.output<typeof query>;

/** Has them put, unless one of them was refused already and all or none are to be. */
const put = async (
  api: SchedulerApi,
  { triggers, lines, refused }: TriggerLines,
  { id, reason: why, atomic }: Query,
): Promise<ImportResult> => {
  const isAtomic = atomic === 'true';
  if (triggers.length === 0 || (isAtomic && refused.length > 0))
    return importResult({ lines, refused }, null);
  const record = notRefused(
    await api.execute({
      ...{ kind: 'put-triggers', triggers: [...triggers], reason: why },
      ...(isAtomic && { atomic: true }),
      ...(id !== undefined && { id }),
    }),
  );
  return importResult({ lines, refused }, record.result);
};

const isCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** Nothing was put: the answer is that on the first line which was refused, with all of them. */
const refusal = ({ refused }: ImportResult): Answer => {
  const [first] = refused;
  const code = first !== undefined && isCode(first.code) ? first.code : 'INVALID_ARGUMENT';
  const problem = toProblem(
    new SynergyError(code, `line ${first?.line}: ${first?.message}; nothing was put`),
  );
  return {
    status: problem.status,
    body: { ...problem, title: STATUS_CODES[problem.status] ?? 'Error', refused },
  };
};

const imported = defineRoute({
  method: 'post',
  path: '/triggers/import',
  takesLines: true,
  // A command is one document of the store, of 16 MB at most in MongoDB.
  bodyLimit: '8mb',
  gives: gives.imported,
  codes: commandRefusals,
  summary: `Has a command carried out, with 1,000 JSON lines at most: ${commandTable['put-triggers'].summary}`,
  query,
  body: z.string(),
  answer: async (api, { query, body }) => {
    const result = await put(api, readTriggerLines(body, { owner: query.owner }), query);
    return query.atomic === 'true' && result.refused.length > 0 ? refusal(result) : ok(result);
  },
});

const linesOf = async function* (api: SchedulerApi, filter: Parameters<SchedulerApi['exportTriggers']>[0]) {
  for await (const page of api.exportTriggers(filter))
    if (page.length > 0) yield `${page.map(lineOf).join('\n')}\n`;
};

const exported = defineRoute({
  method: 'get',
  path: '/triggers/export',
  givesLines: true,
  gives: z.string(),
  summary: 'Event triggers as JSON lines without secrets, as they are imported',
  query: z.strictObject(triggerQuery),
  answer: (api, { query }) => ({ status: 200, body: undefined, lines: linesOf(api, query) }),
});

/** Endpoints that take many event triggers, or give them, as JSON lines. */
export const triggerLineRoutes: readonly Route[] = [imported, exported];
