import express from 'express';
import type { ErrorRequestHandler, Express, Request, Response } from 'express';
import helmet from 'helmet';
import { join } from 'node:path';
import { submitAction } from './actions/submit.ts';
import { apiRouter } from './api/router.ts';
import type { ApiOf, Live } from './api/router.ts';
import { loadAssets } from './http/asset.ts';
import { hostGuard, sameOriginGuard } from './http/guard.ts';
import { createRequestHistogram, measureRequests } from './http/measure-requests.ts';
import { HttpError, toProblem } from './http/problem.ts';
import type { Problem } from './http/problem.ts';
import { sendPage } from './http/render.ts';
import type { Shell } from './http/render.ts';
import type { Logger } from '../domain/logger.ts';
import { impatient, outageError } from './outage.ts';
import type { Troubles } from './outage.ts';
import { requestOf } from './http/request-context.ts';
import type { ApiFor } from '../scheduler/api/api.ts';
import { packageRoot } from '../lib/package-info.ts';
import type { SiteContext } from './pages/page.ts';
import { problemView } from './pages/problem.ts';
import { pages } from './pages/registry.ts';
import { SynergyError } from '../domain/errors.ts';

/** What the application is built from. `port` is known only after listening. */
export interface AppOptions {
  readonly site: SiteContext;
  readonly apiFor: ApiFor;
  readonly live: Live;
  readonly logger: Logger;
  readonly host: string;
  readonly port: () => number;
}

const security = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Plain HTTP on loopback: HSTS would lock other local servers out, and no-referrer breaks same-origin forms.
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'same-origin' },
});

type ShellFor = (response: Response) => Shell;

const wantsJson = ({ path, headers }: Request): boolean =>
  /^\/(api|health|ready|metrics|events)\b/.test(path) || (headers.accept ?? '').includes('json');

/** An unexpected error while a server is away is most likely caused by that. */
const problemOf = (error: unknown, troubles?: Troubles): Problem => {
  const problem = toProblem(error);
  const outage = problem.status === 500 && troubles !== undefined ? outageError(troubles) : undefined;
  return outage === undefined ? problem : toProblem(outage);
};

const answerError =
  (shellFor: ShellFor, { site, logger }: Pick<AppOptions, 'site' | 'logger'>): ErrorRequestHandler =>
  async (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    // The client is gone: what it asked for was broken off.
    if (response.destroyed) return;
    const problem = problemOf(error, site.troubles);
    if (problem.status === 500) {
      logger.error(
        `${request.method} ${request.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    response.status(problem.status);
    if (error instanceof HttpError) response.set(error.headers);
    if (wantsJson(request)) response.type('application/problem+json').send(JSON.stringify(problem));
    else await sendPage(request, response, problemView(problem), shellFor(response));
  };

const addPages = (app: Express, site: SiteContext, shellFor: ShellFor): void => {
  for (const page of pages.filter(({ available }) => available?.(site) ?? true)) {
    app.get(page.path, async (request: Request, response: Response) => {
      const shell = shellFor(response);
      const view = await page.open(shell.context, { params: request.params, query: request.query });
      await sendPage(request, response, view, shell);
    });
  }
  app.post('/actions/:kind', express.urlencoded({ extended: false, limit: '64kb' }), (request, response) =>
    submitAction(request, response, shellFor(response)),
  );
};

/** The whole of MX as an express application. */
export const makeApp = ({ site, apiFor, live, logger, host, port }: AppOptions): Express => {
  const { troubles } = site;
  const apiOf: ApiOf = (response) => {
    const api = apiFor(requestOf(response));
    return troubles === undefined ? api : impatient(api, troubles);
  };
  const app = express();
  const assets = loadAssets();
  const nav = pages.flatMap(({ path, nav, available }) =>
    nav && (available?.(site) ?? true) ? [{ ...nav, path }] : [],
  );
  const shellFor: ShellFor = (response) => ({
    context: { ...site, api: apiOf(response) },
    asset: assets.path,
    nav,
  });
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('view engine', 'ejs');
  app.set('views', join(packageRoot, 'mx', 'views'));
  app.enable('view cache');
  const requests = createRequestHistogram();
  app.use(measureRequests(requests));
  app.use(security, hostGuard(host, port), sameOriginGuard);
  app.get('/assets/{*file}', assets.serve);
  app.get('/events', live.events.attach('event: heartbeat\ndata: {}\n\n'));
  app.use(apiRouter(apiOf, live, requests));
  addPages(app, site, shellFor);
  app.use((request) => {
    throw new SynergyError('NOT_FOUND', `there is nothing at ${request.path}`);
  });
  app.use(answerError(shellFor, { site, logger }));
  return app;
};
