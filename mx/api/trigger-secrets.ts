import { z } from 'zod';
import { LOCAL_OWNER } from '../../domain/event/trigger.ts';
import { commandRefusals, requestWithin } from '../../scheduler/commands/check-command.ts';
import type { ClientRequest } from '../../scheduler/commands/check-command.ts';
import { commandTable } from '../../scheduler/commands/command-table.ts';
import { newSigningSecret } from '../../scheduler/commands/signing-secret.ts';
import * as gives from './answers.ts';
import { carryOut } from './commands.ts';
import { defineList, defineRoute } from './route.ts';
import type { Route } from './route.ts';

const owner = z.string().min(1).max(200);
const name = z.string().min(1).max(64);

const { secret: given, ...rotation } = requestWithin('rotate-secret').shape;

interface Rotation {
  readonly id?: string;
  readonly reason: string;
  readonly secret?: string;
}

const rotate = defineRoute({
  method: 'post',
  path: '/triggers/{owner}/{id}/secret',
  gives: gives.rotatedSecret,
  codes: [...commandRefusals, 'SECRET_UNREADABLE'],
  summary:
    'Signs the messages of an event trigger with a new secret, which is told this once; the old one signs beside it for 24 h',
  params: z.strictObject({ owner, id: z.string().min(1).max(200) }),
  body: z.strictObject({
    ...rotation,
    rotate: z.literal(true).exactOptional().describe('A new secret is made.'),
    secret: (given as z.ZodString)
      .exactOptional()
      .describe('Your own, whsec_ and 24 to 64 bytes in Base64; made when left out.'),
  }),
  answer: async (api, { params: { owner, id: triggerId }, body }) => {
    const { id, reason, secret = newSigningSecret() } = body as Rotation;
    const own = { kind: 'rotate-secret', owner, triggerId, secret, reason } as const;
    const request = id === undefined ? own : { ...own, id };
    const answer = await carryOut(api, request);
    return answer.status < 300 ? { ...answer, body: { ...(answer.body as object), secret } } : answer;
  },
});

const list = defineList({
  path: '/trigger-secrets',
  row: gives.namedSecret,
  summary: 'Secrets that headers of event triggers may name, by name, without what they are',
  query: { owner: owner.exactOptional().describe('Account that they belong to; your own by default.') },
  cursor: name.describe('Name of the last row seen.'),
  rows: (api, { query: { owner = LOCAL_OWNER }, page: { limit, after } }) =>
    api.secrets({ owner, limit, ...(after !== undefined && { after }) }),
  cursorOf: (row) => row.name,
});

/** Kinds of commands about one such secret, by what follows its name in the path. */
const deeds = { '': 'put-secret', '/remove': 'remove-secret' } as const;

const deedRoutes = Object.entries(deeds).map(([end, kind]) => {
  const request = requestWithin(kind);
  return defineRoute({
    method: 'post',
    path: `/trigger-secrets/{owner}/{name}${end}`,
    gives: gives.command,
    codes: [...commandRefusals, 'SECRET_UNREADABLE'],
    summary: `Has a command carried out: ${commandTable[kind].summary}`,
    params: z.strictObject({
      owner: owner.describe('Account that it belongs to; local where there are none.'),
      name: request.shape['secretName'] as z.ZodString,
    }),
    body: request.omit({ owner: true, secretName: true }),
    answer: (api, { params, body: asked }) =>
      carryOut(api, { ...asked, kind, owner: params.owner, secretName: params.name } as ClientRequest),
  });
});

/** Endpoints about secrets of event triggers. None tells one, but to who has it made. */
export const secretRoutes: readonly Route[] = [rotate, list, ...deedRoutes];
