import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import { clientOf } from '../access/authenticate.ts';
import type { Departure, OpenId } from '../access/openid.ts';
import { wayBack } from '../access/way-back.ts';
import { readInput } from '../http/input.ts';
import { HttpError, toProblem } from '../http/problem.ts';
import { redirect } from '../http/redirect.ts';
import { sendPage } from '../http/render.ts';
import type { AccountsContext } from './context.ts';
import { beginSession, loginPage, loginQuery } from './sign-in.ts';

const CALLBACK = '/login/openid/callback';

/** What the browser keeps in between: a departure, and the path to go on to. */
const kept = z.strictObject({
  ...{ state: z.string(), nonce: z.string(), verifier: z.string(), next: z.string() },
});

const toCookie = (departure: Departure & { readonly next: string }): string =>
  Buffer.from(JSON.stringify(departure)).toString('base64url');

const fromCookie = (text: string | undefined): z.output<typeof kept> => {
  try {
    return kept.parse(JSON.parse(Buffer.from(text ?? '', 'base64url').toString()));
  } catch {
    throw new HttpError(
      'UNAUTHENTICATED',
      'this browser was not sent to the OpenID provider from here, or has forgotten it: sign in again',
    );
  }
};

const openIdOf = ({ openId }: AccountsContext): OpenId => {
  if (openId !== undefined) return openId;
  throw new SynergyError('NOT_FOUND', 'no OpenID provider is set here: see the setting oidcIssuer');
};

const depart =
  (context: AccountsContext): RequestHandler =>
  async (request, response) => {
    const openId = openIdOf(context);
    const { next } = readInput(loginQuery, request.query, 'query');
    const { to, departure } = await openId.depart(context.linkTo(request, CALLBACK));
    context.departure.set(request, response, toCookie({ ...departure, next: wayBack(next) }));
    response.redirect(303, to);
  };

const arrive = async (context: AccountsContext, request: Request, response: Response): Promise<string> => {
  const openId = openIdOf(context);
  const { next, ...departure } = fromCookie(context.departure.read(request));
  context.departure.clear(request, response);
  const came = `${context.linkTo(request, CALLBACK)}${new URL(request.originalUrl, 'http://here').search}`;
  const user = await openId.arrive(came, departure);
  await beginSession(
    request,
    response,
    context,
    await context.accounts().signInProvided(user, clientOf(request)),
  );
  return next;
};

/** Adds sign-in with an OpenID provider; what went wrong stands on the page of sign-in. */
export const addOpenIdSignIn = (router: Router, context: AccountsContext): void => {
  router.get('/login/openid', depart(context));
  router.get(CALLBACK, async (request, response) => {
    try {
      redirect(response, wayBack(await arrive(context, request, response)));
    } catch (error) {
      const { status, detail } = toProblem(error);
      if (status === 404 || status === 500) throw error;
      const page = await loginPage(context, request, { error: detail });
      await sendPage(request, response.status(status), page, context.shellFor(response));
    }
  });
};
