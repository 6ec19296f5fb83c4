import express from 'express';
import type { ErrorRequestHandler, Express, Request, Response } from 'express';
import helmet from 'helmet';
import { join } from 'node:path';
import { submitAction } from './actions/submit.ts';
import { apiRouter } from './api/router.ts';
import { loadAssets } from './http/asset.ts';
import type { EventStream } from './http/event-stream.ts';
import { hostGuard, sameOriginGuard } from './http/guard.ts';
import { toProblem } from './http/problem.ts';
import type { Problem } from './http/problem.ts';
import { sendPage } from './http/render.ts';
import type { Shell } from './http/render.ts';
import type { Logger } from '../domain/logger.ts';
import { impatient, outageError } from './outage.ts';
import type { Troubles } from './outage.ts';
import { packageRoot } from './package-root.ts';
import type { PageContext } from './pages/page.ts';
import { problemView } from './pages/problem.ts';
import { pages } from './pages/registry.ts';
import { SynergyError } from '../domain/errors.ts';

/** What the application is built from. `port` is known only after listening. */
export interface AppOptions {
  readonly context: PageContext;
  readonly events: EventStream;
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

const wantsJson = ({ path, headers }: Request): boolean =>
  /^\/(api|scheduler|health|ready|events)\b/.test(path) || (headers.accept ?? '').includes('json');

/** An unexpected error while a server is away is most likely caused by that. */
const problemOf = (error: unknown, troubles?: Troubles): Problem => {
  const problem = toProblem(error);
  const outage = problem.status === 500 && troubles !== undefined ? outageError(troubles) : undefined;
  return outage === undefined ? problem : toProblem(outage);
};

const answerError =
  (shell: Shell, logger: Logger): ErrorRequestHandler =>
  async (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = problemOf(error, shell.context.troubles);
    if (problem.status === 500) {
      logger.error(
        `${request.method} ${request.path}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    response.status(problem.status);
    if (wantsJson(request)) response.type('application/problem+json').send(JSON.stringify(problem));
    else await sendPage(request, response, problemView(problem), shell);
  };

const addPages = (app: Express, shell: Shell): void => {
  for (const page of pages.filter(({ available }) => available?.(shell.context) ?? true)) {
    app.get(page.path, async (request: Request, response: Response) => {
      const view = await page.open(shell.context, { params: request.params, query: request.query });
      await sendPage(request, response, view, shell);
    });
  }
  app.post('/actions/:kind', express.urlencoded({ extended: false, limit: '64kb' }), (request, response) =>
    submitAction(request, response, shell),
  );
};

const shellOf = (context: PageContext, asset: Shell['asset']): Shell => ({
  context,
  asset,
  nav: pages.flatMap(({ path, nav, available }) =>
    nav && (available?.(context) ?? true) ? [{ ...nav, path }] : [],
  ),
});

/** The whole of MX as an express application. */
export const makeApp = ({ context: given, events, logger, host, port }: AppOptions): Express => {
  const { troubles } = given;
  const context = troubles === undefined ? given : { ...given, api: impatient(given.api, troubles) };
  const app = express();
  const assets = loadAssets();
  const shell = shellOf(context, assets.path);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('view engine', 'ejs');
  app.set('views', join(packageRoot, 'mx', 'views'));
  app.enable('view cache');
  app.use(security, hostGuard(host, port), sameOriginGuard);
  app.get('/assets/{*file}', assets.serve);
  app.get('/events', events.attach);
  app.use(apiRouter(context.api, events));
  addPages(app, shell);
  app.use((request) => {
    throw new SynergyError('NOT_FOUND', `there is nothing at ${request.path}`);
  });
  app.use(answerError(shell, logger));
  return app;
};
