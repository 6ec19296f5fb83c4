import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { makeAuthenticate } from './access/authenticate.ts';
import type { Authenticate } from './access/authenticate.ts';
import { authorized, demand, isPublic } from './access/authorize.ts';
import { sessionCookie } from './access/cookie.ts';
import { basePath, isExposed } from './access/exposure.ts';
import type { Exposure } from './access/exposure.ts';
import { watchOpenAnswers } from './access/open-answers.ts';
import type { OpenAnswers } from './access/open-answers.ts';
import { withOwnTriggers } from './access/own-triggers.ts';
import { sealRoutes } from './access/seal.ts';
import { accountsOr404, accountRoutes } from './accounts/routes.ts';
import { accountPages } from './accounts/pages.ts';
import { submitAction } from './actions/submit.ts';
import { metronomeMethods, metronomeRoutes, metronomeRows } from './api/metronome.ts';
import { apiRouter } from './api/router.ts';
import type { ApiOf, Live } from './api/router.ts';
import { answerError } from './http/answer-error.ts';
import { loadAssets } from './http/asset.ts';
import { belowPath } from './http/base-path.ts';
import { hostGuard, makeChangeGuard, tlsGuard } from './http/guard.ts';
import { createRequestHistogram, measureRequests } from './http/measure-requests.ts';
import { redirect } from './http/redirect.ts';
import { tellStandby } from './http/stand-by.ts';
import { sendPage } from './http/render.ts';
import type { Shell } from './http/render.ts';
import { viewEngine } from './http/view-engine.ts';
import type { Admit } from './http/web-socket.ts';
import type { Logger } from '../domain/logger.ts';
import { impatient } from './outage.ts';
import { identityOf, requestOf, setIdentity } from './http/request-context.ts';
import type { Accounts } from '../scheduler/accounts/api.ts';
import type { ApiFor } from '../scheduler/api/api.ts';
import { liveTopics } from '../scheduler/api/live-event.ts';
import { packageRoot } from '../lib/package-info.ts';
import type { Page, SiteContext } from './pages/page.ts';
import { pages } from './pages/registry.ts';
import { SynergyError } from '../domain/errors.ts';

/** What the application is built from. `port` is known only after listening. */
export interface AppOptions {
  readonly site: SiteContext;
  readonly apiFor: ApiFor;
  readonly live: Live;
  readonly logger: Logger;
  readonly exposure: Exposure;
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
  // Over plain HTTP on loopback no-referrer breaks same-origin forms. HSTS: see below.
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'same-origin' },
});

/** Behind TLS only: on loopback it would lock other local servers out. */
const strictTransport: RequestHandler = (request, response, next) => {
  if (request.secure) response.set('Strict-Transport-Security', 'max-age=31536000');
  next();
};

type ShellFor = (response: Response) => Shell;

const isAvailable = (site: SiteContext, { available }: Page): boolean => available?.(site) ?? true;

/** Rows of pages and routes that are not there here. */
const rowsElsewhere = (site: SiteContext): string[] => [
  ...pages
    .filter((page) => !isAvailable(site, page))
    .flatMap(({ path, submit }) => [`GET ${path}`, ...(submit ? [`POST ${path}`] : [])]),
  ...(site.hasMetronome ? [] : metronomeRows),
];

const formBody = (limit: string): RequestHandler => express.urlencoded({ extended: false, limit });

const addPages = (app: Express, shown: readonly Page[], shellFor: ShellFor): void => {
  for (const page of shown) {
    app.get(page.path, async (request: Request, response: Response) => {
      const shell = shellFor(response);
      const view = await page.open(shell.context, { params: request.params, query: request.query });
      await sendPage(request, response, view, shell);
    });
    const { submit } = page;
    if (submit === undefined) continue;
    app.post(page.path, formBody('256kb'), async (request: Request, response: Response) => {
      const shell = shellFor(response);
      const done = await submit(shell.context, { params: request.params, body: request.body as unknown });
      if ('goTo' in done) return redirect(response, done.goTo);
      await sendPage(request, response.status(done.status ?? 200), done, shell);
    });
  }
  app.post('/actions/:kind', formBody('64kb'), (request, response) =>
    submitAction(request, response, shellFor(response)),
  );
};

/** Finds out who asks, refuses what the row of this name does not allow, and ends the answer when that comes to be so. */
const identify = async (
  { authenticate, open }: { readonly authenticate: Authenticate; readonly open: OpenAnswers },
  { request, response }: { readonly request: Request; readonly response: Response },
  name: string,
): Promise<void> => {
  const identity = await authenticate(request);
  if (identity !== undefined) setIdentity(response, identity);
  demand(identity, name);
  if (identity?.sessionId !== undefined || identity?.tokenId !== undefined)
    open.add(request, response, identity);
};

const guardOf =
  (authenticate: Authenticate, open: OpenAnswers) =>
  (name: string): RequestHandler =>
  async (request, response, next) => {
    if (!isPublic(name)) await identify({ authenticate, open }, { request, response }, name);
    next();
  };

/** Lets clients of WebSockets in that may listen to the stream: browsers cannot send a token but in a message. */
const admitBy =
  (authenticate: Authenticate, open: OpenAnswers): Admit =>
  async (request, response, token) => {
    if (token !== undefined) request.headers.authorization = `Bearer ${token}`;
    if (token === undefined && (await authenticate(request)) === undefined) return undefined;
    await identify({ authenticate, open }, { request, response }, 'GET /api/v1/stream');
    return requestOf(response);
  };

/** What is at no path is told to those alone who may ask. */
const nothingThere =
  (authenticate: Authenticate): RequestHandler =>
  async (request, response) => {
    const identity = await authenticate(request);
    if (identity !== undefined) setIdentity(response, identity);
    demand(identity, 'GET /');
    throw new SynergyError('NOT_FOUND', `there is nothing at ${request.path}`);
  };

const views = join(packageRoot, 'mx', 'views');

const express5 = ({ proxy }: Exposure): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.engine('ejs', viewEngine(views));
  app.set('view engine', 'ejs');
  app.set('views', views);
  app.set('trust proxy', proxy ?? false);
  app.enable('view cache');
  return app;
};

/** What every request passes first. */
const guardsOf = ({ site, exposure, port }: AppOptions): RequestHandler[] => [
  ...[security, strictTransport, hostGuard(exposure, port), tlsGuard(exposure)],
  makeChangeGuard(site.hasMetronome ? metronomeMethods : {}),
  tellStandby(site),
];

/** The scheduler's interface for each request, with what who asks may see and do. */
const makeApiOf =
  ({ site: { troubles }, apiFor }: AppOptions): ApiOf =>
  (response) => {
    const identity = identityOf(response);
    const api = authorized(withOwnTriggers(apiFor(requestOf(response)), identity), identity);
    return troubles === undefined ? api : impatient(api, troubles);
  };

/** The whole of MX as an express application. */
export const makeApp = (
  options: AppOptions,
): { readonly listener: RequestListener; readonly stop: () => void } => {
  const { site, live, logger, exposure, port } = options;
  const { troubles, accounts } = site;
  const accountsHere = (): Accounts => accountsOr404(accounts);
  const base = basePath(exposure);
  const apiOf = makeApiOf(options);
  const cookie = sessionCookie(() => `${port()}${base}`);
  const authenticate = makeAuthenticate({ accounts, cookie, isExposed: isExposed(exposure), troubles });
  const openAnswers = watchOpenAnswers(authenticate, logger);
  const assets = loadAssets(base);
  const shown = pages.filter((page) => isAvailable(site, page));
  const nav = shown.flatMap(({ nav, path }) => (nav ? [{ ...nav, path }] : []));
  const shellFor: ShellFor = (response) => ({
    context: { ...site, api: apiOf(response), identity: identityOf(response) },
    asset: assets.path,
    nav,
  });
  const linkTo = ({ protocol, host }: Request, path: string): string =>
    `${exposure.publicUrl?.replace(/\/$/, '') ?? `${protocol}://${host}`}${path}`;
  const app = express5(exposure);
  const requests = createRequestHistogram();
  app.use(measureRequests(requests), guardsOf(options));
  app.get('/assets/{*file}', assets.serve);
  app.get('/events', live.events.attach('event: heartbeat\ndata: {}\n\n', liveTopics));
  const admit = admitBy(authenticate, openAnswers);
  app.use(apiRouter(apiOf, { live, admit }, requests));
  app.use(
    accountRoutes({
      ...{ accounts: accountsHere, cookie, openAnswers, shellFor, linkTo },
      ...{ openId: site.openId, departure: sessionCookie(() => `${port()}${base}-openid`) },
      now: () => site.clock.now(),
    }),
  );
  const programs = { accounts: accountsHere, checkOpen: openAnswers.check, isSignUpOpen: site.isSignUpOpen };
  if (site.hasMetronome) app.use(metronomeRoutes({ apiOf, live, admit, ...programs }));
  addPages(app, [...shown, ...accountPages], shellFor);
  sealRoutes(app, guardOf(authenticate, openAnswers), rowsElsewhere(site));
  app.use(nothingThere(authenticate));
  app.use(answerError(shellFor, { troubles, logger }));
  return { listener: belowPath(base, app), stop: openAnswers.stop };
};
