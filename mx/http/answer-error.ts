import type { ErrorRequestHandler, Request, Response } from 'express';
import type { Logger } from '../../domain/logger.ts';
import { signInPath } from '../access/way-back.ts';
import { outageError } from '../outage.ts';
import type { Troubles } from '../outage.ts';
import { problemView } from '../pages/problem.ts';
import { HttpError, toProblem } from './problem.ts';
import type { Problem } from './problem.ts';
import { redirect } from './redirect.ts';
import { sendPage } from './render.ts';
import type { Shell } from './render.ts';

const wantsJson = ({ path, headers }: Request): boolean =>
  /^\/(api|health|ready|metrics|events|auth|user|tasks?)\b/.test(path) ||
  (headers.accept ?? '').includes('json');

/** An unexpected error while a server is away is most likely caused by that. */
const problemOf = (error: unknown, troubles?: Troubles): Problem => {
  const problem = toProblem(error);
  const outage = problem.status === 500 && troubles !== undefined ? outageError(troubles) : undefined;
  return outage === undefined ? problem : toProblem(outage);
};

/** The page that a browser shows: what a form was sent from cannot be gone back to. */
const pageShown = ({ method, url, headers }: Request): string => {
  const shown = headers['hx-current-url'];
  if (typeof shown === 'string' && URL.canParse(shown)) {
    const { pathname, search } = new URL(shown);
    return `${pathname}${search}`;
  }
  return method === 'GET' ? url : '/';
};

/** Leads a user who has to sign in to where that is done, and from there back. */
const askToSignIn = (request: Request, response: Response): void => {
  const { baseUrl } = request;
  const shown = pageShown(request);
  const to = signInPath(
    baseUrl !== '' && shown.startsWith(`${baseUrl}/`) ? shown.slice(baseUrl.length) : shown,
  );
  if (request.headers['hx-request'] !== 'true') return redirect(response, to);
  response.set('HX-Redirect', `${baseUrl}${to}`).status(401).end();
};

/** A request as it may be logged: the path of a one-time link is its secret. */
const loggedAs = ({ method, path }: Request): string =>
  `${method} ${path.replace(/^\/invitation\/.*/, '/invitation/***')}`;

/** Answers with what went wrong: as JSON to programs, as a page to people. */
export const answerError =
  (
    shellFor: (response: Response) => Shell,
    { troubles, logger }: { readonly troubles?: Troubles | undefined; readonly logger: Logger },
  ): ErrorRequestHandler =>
  async (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    // The client is gone: what it asked for was broken off.
    if (response.destroyed) return;
    const problem = problemOf(error, troubles);
    if (problem.status === 500) {
      logger.error(
        `${loggedAs(request)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
    const json = wantsJson(request);
    const isUnknown = error instanceof HttpError && error.code === 'UNAUTHENTICATED';
    if (isUnknown && !json) return askToSignIn(request, response);
    if (error instanceof HttpError) response.set(error.headers);
    if (isUnknown) response.set('WWW-Authenticate', 'Bearer realm="synergy"');
    response.status(problem.status);
    if (json) response.type('application/problem+json').send(JSON.stringify(problem));
    else await sendPage(request, response, problemView(problem), shellFor(response));
  };
