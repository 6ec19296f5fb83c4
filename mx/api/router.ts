import express, { Router } from 'express';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler, Response } from 'express';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { EventStream } from '../http/event-stream.ts';
import { nothing, readInput } from '../http/input.ts';
import { HttpError } from '../http/problem.ts';
import { packageRoot } from '../package-root.ts';
import { commandRoutes } from './commands.ts';
import { legacyNodes, legacyTrees } from './legacy-api.ts';
import { openApiDocument } from './openapi.ts';
import { readRoutes } from './reads.ts';
import type { Route } from './route.ts';
import { workerRoutes } from './worker.ts';

const routes: readonly Route[] = [...readRoutes, ...commandRoutes, ...workerRoutes];
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
  version: string;
};

/** The scheduler's interface for the request that is answered so. */
export type ApiOf = (response: Response) => SchedulerApi;

const handler =
  (apiOf: ApiOf, route: Route): RequestHandler =>
  async (request, response) => {
    const { params, query } = request;
    const asked = { params, query, body: request.body as unknown };
    const { status, body } = await route.answer(apiOf(response), asked);
    response.status(status).set('Cache-Control', 'no-store');
    response.type(status < 400 ? 'application/json' : 'application/problem+json').send(JSON.stringify(body));
  };

/** Forms of other sites can send text and form data, but not JSON: nothing else is read here. */
const jsonOnly: RequestHandler = (request, _response, next) => {
  if (request.is('application/json') === false) {
    throw new HttpError('UNSUPPORTED_MEDIA_TYPE', 'send the request as application/json');
  }
  next();
};

const json =
  (answer: (query: unknown, api: SchedulerApi) => unknown, apiOf: ApiOf): RequestHandler =>
  async (request, response) => {
    response.set('Cache-Control', 'no-store').json(await answer(request.query, apiOf(response)));
  };

/** The JSON API, health checks, and trees and nodes under `/scheduler/`. */
export const apiRouter = (apiOf: ApiOf, events: EventStream): Router => {
  const router = Router();
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`;
    if (route.method === 'get') router.get(path, handler(apiOf, route));
    else
      router.post(path, jsonOnly, express.json({ limit: route.bodyLimit ?? '64kb' }), handler(apiOf, route));
  }
  const document = openApiDocument(routes, version);
  const bare = (query: unknown): void => void readInput(nothing, query, 'query');
  router.get(
    '/api/v1/openapi.json',
    json((query) => (bare(query), document), apiOf),
  );
  router.get('/api/v1/stream', events.attach);
  router.get(
    '/scheduler/trees/',
    json((query, api) => (bare(query), legacyTrees(api)), apiOf),
  );
  router.get(
    '/scheduler/tree/nodes/',
    json((query, api) => legacyNodes(api, query), apiOf),
  );
  router.get(
    '/health',
    json(() => ({ status: 'ok' }), apiOf),
  );
  router.get(
    '/ready',
    json(async (_, api) => ({ status: 'ready', timetableNow: (await api.overview()).timetableNow }), apiOf),
  );
  return router;
};
