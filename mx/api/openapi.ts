import { liveTopics } from '../../scheduler/api/live-event.ts';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { errorCodes } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { scheduleParts } from '../../domain/schedule/recurrence.ts';
import { policy } from '../access/policy.ts';
import { httpErrors, statusOf } from '../http/error-status.ts';
import type { HttpCode } from '../http/error-status.ts';
import { examples } from './examples.ts';
import type { Example } from './example.ts';
import { LINES_TYPE } from './route.ts';
import type { Route } from './route.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: {
      type: 'string',
      description: 'Stable across versions.',
      enum: [...Object.keys(errorCodes), ...Object.keys(httpErrors)],
    },
    detail: { type: 'string', description: 'What was expected, what was given, what to do.' },
    plan: {
      description: 'With PLAN_CHANGED: the plan as it is now.',
      anyOf: [{ $ref: '#/components/schemas/Plan' }, { $ref: '#/components/schemas/ResendPlan' }],
    },
    part: { enum: scheduleParts, description: 'With INVALID_SCHEDULE: the part that is wrong.' },
    nearest: { type: 'string', description: 'With INVALID_SCHEDULE: the right schedule that is nearest.' },
    version: { type: 'integer', description: 'With VERSION_CHANGED: the version as it is now.' },
  },
};

/** Members that JSON Schema has beside what OpenAPI keeps elsewhere. */
const without = (schema: JsonSchema, ...names: readonly string[]): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));

/** Turns schemas into JSON Schema. Those with an id are kept under it, and referred to. */
const createConverter = () => {
  const schemas: Record<string, unknown> = { Problem: problemSchema };
  const convert = (schema: z.ZodType): JsonSchema => {
    const text = JSON.stringify(z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }));
    const found = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
    const { id, $defs = {} } = found as { id?: string; $defs?: Record<string, JsonSchema> };
    for (const [name, definition] of Object.entries($defs)) schemas[name] = without(definition, 'id');
    const own = without(found, '$schema', '$defs', 'id');
    if (id === undefined) return own;
    schemas[id] = own;
    return { $ref: `#/components/schemas/${id}` };
  };
  return { schemas, convert };
};

type Convert = ReturnType<typeof createConverter>['convert'];

const parameters = (
  schema: z.ZodType,
  place: 'path' | 'query',
  { convert, given = {} }: { convert: Convert; given: Example['params'] },
): object[] => {
  const { properties = {}, required = [] } = convert(schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: property,
    ...(given[name] !== undefined && {
      example: property['type'] === 'integer' ? Number(given[name]) : given[name],
    }),
  }));
};

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of what the command is about, as it was read: as `expectedVersion` in the body.',
  schema: { type: 'string' },
  example: '"3"',
};

/** Codes that an endpoint may refuse with. */
const codesOf = ({ method, path, codes = [] }: Route): ReadonlySet<ErrorCode | HttpCode> => {
  const isPost = method === 'post';
  return new Set<ErrorCode | HttpCode>([
    ...(['BAD_REQUEST', 'INVALID_ARGUMENT', 'UNAUTHENTICATED', 'FORBIDDEN'] as const),
    ...(['WRONG_HOST', 'TOO_MANY_TRIES', 'INTERNAL'] as const),
    ...(['STORE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'STOPPED'] as const),
    ...(path.includes('{') || isPost ? (['NOT_FOUND'] as const) : []),
    ...(path.includes('{timeperiod}') ? (['INVALID_TIMEPERIOD'] as const) : []),
    ...(isPost ? (['CROSS_ORIGIN', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...codes,
  ]);
};

const refusals = (route: Route): object => {
  const byStatus = new Map<number, string[]>();
  for (const code of codesOf(route)) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const problem = (status: number, codes: readonly string[]) => ({
    description: `${STATUS_CODES[status] ?? 'Refused'}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  });
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problem(status, codes)]));
};

const etag = {
  ETag: { description: 'Its version, for `If-Match`.', schema: { type: 'string', example: '"3"' } },
};

const bodyOf = (
  { body, takesLines }: Route & { readonly body: z.ZodType },
  { body: one, bodies }: Example,
  convert: Convert,
): object => ({
  required: true,
  content: {
    [takesLines ? LINES_TYPE : 'application/json']: {
      schema: convert(body),
      ...(one !== undefined && { example: one }),
      ...(bodies && {
        examples: Object.fromEntries(Object.entries(bodies).map(([name, value]) => [name, { value }])),
      }),
    },
  },
});

const operation = (route: Route, convert: Convert): object => {
  const { method, path, summary, params, query, body, gives, versioned, takesVersion } = route;
  const example = examples[`${method} ${path}`] ?? { answer: undefined };
  const answer = {
    [route.givesLines ? LINES_TYPE : 'application/json']: { schema: convert(gives), example: example.answer },
  };
  return {
    summary,
    operationId: `${method}${path.replace(/[{}]/g, '').replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    parameters: [
      ...parameters(params, 'path', { convert, given: example.params }),
      ...parameters(query, 'query', { convert, given: example.query }),
      ...(takesVersion ? [ifMatch] : []),
    ],
    ...(body && { requestBody: bodyOf({ ...route, body }, example, convert) }),
    responses: {
      200: { description: 'As asked', ...(versioned && { headers: etag }), content: answer },
      ...(takesVersion && {
        202: { description: 'Kept, and carried out when the scheduler is at work', content: answer },
      }),
      ...refusals(route),
    },
  };
};

const text = (description: string, type: string, example: string) => ({
  description,
  content: { [type]: { schema: { type: 'string' }, example } },
});
const event =
  'id: 5f0d8e21-7\nevent: changed\ndata: {"sequence":7,"changed":["SiteHourly/2026051709"],"total":1}\n\n';
const lastEventId = { required: false, schema: { type: 'string' }, example: '5f0d8e21-6' };
const topics = {
  ...{ name: 'topics', in: 'query', description: 'What is told of, with commas between; jobs by default.' },
  ...{ required: false, schema: { type: 'string' }, example: liveTopics.join(',') },
};
const problem = {
  description: 'Refused',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Live events: each names up to 200 changes of `total`; `reload`: more was missed than is told; `ready`: nothing was. */
const live = {
  '/stream': {
    summary: 'Live events as server-sent events',
    operationId: 'getStream',
    parameters: [
      topics,
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'What came behind is told first.',
        ...lastEventId,
      },
    ],
    responses: {
      200: text('Events without an end', 'text/event-stream', event),
      '4XX': problem,
      503: problem,
    },
  },
  '/ws': {
    summary: 'The same events over a WebSocket, each as {"id", "event", "data"}',
    operationId: 'getWs',
    parameters: [
      topics,
      { name: 'lastEventId', in: 'query', description: 'What came behind is told first.', ...lastEventId },
    ],
    responses: { 101: { description: 'A WebSocket' }, '4XX': problem, 503: problem },
  },
};

/** Who may call an endpoint once there are accounts, and which scope a token needs for it. */
const demandOf = (method: string, path: string): object => {
  const access = policy[`${method.toUpperCase()} /api/v1${path.replace(/\{(\w+)\}/g, ':$1')}`];
  if (access === undefined || access === 'public') return {};
  return { 'x-role': access.role, ...(access.scope !== undefined && { 'x-scope': access.scope }) };
};

/** OpenAPI 3.1 description of the API, made from the schemas that validate its requests. */
export const openApiDocument = (routes: readonly Route[], version: string): object => {
  const { schemas, convert } = createConverter();
  const paths: Record<string, Record<string, object>> = {};
  const add = (method: string, path: string, described: object): void => {
    paths[path] = { ...paths[path], [method]: { ...described, ...demandOf(method, path) } };
  };
  for (const route of routes) add(route.method, route.path, operation(route, convert));
  for (const [path, described] of Object.entries(live))
    add('get', path, { ...described, ...demandOf('get', '/stream') });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Synergy Scheduler',
      version,
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of an account; nothing is asked for while there are no accounts.',
        },
      },
    },
  };
};
