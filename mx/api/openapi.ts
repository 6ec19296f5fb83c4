import { z } from 'zod';
import type { Route } from './route.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

const problemRef = {
  description: 'A refusal',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable across versions.' },
    detail: { type: 'string' },
    plan: { type: 'object', description: 'With PLAN_CHANGED: the plan as it is now.' },
  },
};

const jsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' });

const parameters = (schema: z.ZodType, place: 'path' | 'query'): object[] => {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
};

const operation = (route: Route): object => ({
  summary: route.summary,
  operationId: `${route.method}${route.path.replace(/[{}]/g, '').replace(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
  parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
  ...(route.body && {
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body) } } },
  }),
  responses: { 200: { description: 'As asked', content: { 'application/json': {} } }, default: problemRef },
});

/** OpenAPI 3.0 description of the API, made from the schemas that validate its requests. */
export const openApiDocument = (routes: readonly Route[], version: string): object => {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.0.3',
    info: { title: 'Synergy Scheduler', version, license: { name: 'BSD-3-Clause' } },
    servers: [{ url: '/api/v1' }],
    paths,
    components: { schemas: { Problem: problemSchema } },
  };
};
