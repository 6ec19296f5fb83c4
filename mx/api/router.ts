import { pipeline } from 'node:stream/promises';
import express, { Router } from 'express';
import type { RequestHandler, Response } from 'express';
import type { SchedulerApi } from '../../scheduler/api/api.ts';
import type { EventStream } from '../http/event-stream.ts';
import { apiDialect } from '../http/web-socket.ts';
import type { Admit, WebSockets } from '../http/web-socket.ts';
import { nothing, readInput } from '../http/input.ts';
import { tagOf, withVersion } from '../http/if-match.ts';
import { HttpError, methodNotAllowed } from '../http/problem.ts';
import { packageVersion } from '../../lib/package-info.ts';
import { METRICS_TYPE, metricsText } from '../metrics.ts';
import type { Counted } from '../metrics.ts';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes.ts';
import { LINES_TYPE } from './route.ts';
import type { Route } from './route.ts';

/** The scheduler's interface for the request that is answered so. */
export type ApiOf = (response: Response) => SchedulerApi;

const handler =
  (apiOf: ApiOf, route: Route): RequestHandler =>
  async (request, response) => {
    const { params, query } = request;
    const sent = request.body as unknown;
    const body = route.takesVersion ? withVersion(sent, request.headers['if-match']) : sent;
    const answer = await route.answer(apiOf(response), { params, query, body });
    response.status(answer.status).set('Cache-Control', 'no-store');
    if (answer.version !== undefined) response.set('ETag', tagOf(answer.version));
    if (answer.lines !== undefined) {
      response.type(LINES_TYPE);
      await pipeline(answer.lines, response).catch(whenGone);
      return;
    }
    response
      .type(answer.status < 400 ? 'application/json' : 'application/problem+json')
      .send(JSON.stringify(answer.body));
  };

/** A client that leaves before the end is no failure; one that is cut off sees that, as there is no last chunk. */
const whenGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.name !== 'AbortError') throw error;
};

/** Forms of other sites can send text and form data, but not JSON: nothing else is read here. */
const only =
  (type: string): RequestHandler =>
  (request, _response, next) => {
    if (request.is(type) === false)
      throw new HttpError('UNSUPPORTED_MEDIA_TYPE', `send the request as ${type}`);
    next();
  };

/** Reads the body of a route. */
const bodyOf = ({ takesLines, bodyLimit: limit = '64kb' }: Route): RequestHandler[] =>
  takesLines
    ? [only(LINES_TYPE), express.text({ limit, type: LINES_TYPE })]
    : [only('application/json'), express.json({ limit })];

let made: object | undefined;
const document = (): object => (made ??= openApiDocument(routes, packageVersion));
const bare = (query: unknown): void => void readInput(nothing, query, 'query');

/** What is answered beside the routes, by its path. */
const answers: Readonly<Record<string, (query: unknown, api: SchedulerApi) => unknown>> = {
  '/api/v1/openapi.json': (query) => (bare(query), document()),
  '/health': () => ({ status: 'ok' }),
  '/ready': async (_, api) => ({ status: 'ready', timetableNow: (await api.status()).timetableNow }),
};

/** What tells clients of events as they happen. */
export interface Live {
  readonly events: EventStream;
  readonly sockets: WebSockets;
}

/** The JSON API, health checks and metrics. */
export const apiRouter = (
  apiOf: ApiOf,
  { live, admit }: { readonly live: Live; readonly admit: Admit },
  requests: Counted['requests'],
): Router => {
  const router = Router();
  const taken = new Map<string, string[]>();
  const take = (path: string, method: 'get' | 'post'): void => {
    taken.set(path, [...(taken.get(path) ?? []), ...(method === 'get' ? ['GET', 'HEAD'] : ['POST'])]);
  };
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/\{(\w+)\}/g, ':$1')}`;
    take(path, route.method);
    if (route.method === 'get') router.get(path, handler(apiOf, route));
    else router.post(path, ...bodyOf(route), handler(apiOf, route));
  }
  for (const [path, answer] of Object.entries(answers)) {
    router.get(path, async (request, response) => {
      response.set('Cache-Control', 'no-store').json(await answer(request.query, apiOf(response)));
    });
  }
  router.get('/metrics', async (request, response) => {
    bare(request.query);
    const text = await metricsText(apiOf(response), requests);
    response.set('Cache-Control', 'no-store').set('Content-Type', METRICS_TYPE).send(text);
  });
  router.get('/api/v1/stream', live.events.attach(': heartbeat\n\n', ['jobs']));
  router.get('/api/v1/ws', live.sockets.attach(admit, apiDialect));
  for (const path of [...Object.keys(answers), '/metrics', '/api/v1/stream', '/api/v1/ws']) take(path, 'get');
  for (const [path, methods] of taken)
    router.all(path, ({ method }) => {
      throw methodNotAllowed(method, methods);
    });
  return router;
};
