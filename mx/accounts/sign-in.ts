import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { PROVIDED } from '../../scheduler/accounts/api.ts';
import type { Refused, SignedIn } from '../../scheduler/accounts/api.ts';
import { clientOf } from '../access/authenticate.ts';
import { wayBack } from '../access/way-back.ts';
import { readInput } from '../http/input.ts';
import { toProblem } from '../http/problem.ts';
import { redirect } from '../http/redirect.ts';
import { sendPage } from '../http/render.ts';
import type { PageView } from '../pages/page.ts';
import { formBody } from './context.ts';
import type { AccountsContext } from './context.ts';
import type { FormInput } from './form.ts';
import { checkSame, newPassword, newPasswordFields } from './own-forms.ts';
import { refusalText, retrySeconds } from './refusal-text.ts';

const text = z.string().max(1000);
const secret = z.strictObject({ secret: z.string().max(200) });
/** What the page of sign-in is asked with; `left`: the user has signed out of here, and not of the provider. */
export const loginQuery = z.strictObject({ next: text.optional(), left: z.literal('provider').optional() });
const loginFields = z.strictObject({ name: text, password: text, next: text.optional() });
const linkFields = z.strictObject(newPasswordFields);

const gate = (title: string, lead: string, rest: object): PageView => ({
  view: 'gate',
  title,
  model: { title, lead, ...rest },
  bare: true,
  still: true,
});

/** The way to the provider, and the way out of it for who came from there. */
const providerLinks = async (
  { openId, linkTo }: AccountsContext,
  request: Request,
  { next, left }: Pick<z.output<typeof loginQuery>, 'next' | 'left'>,
): Promise<object> => {
  if (openId === undefined) return {};
  const { provider, signOutUrl } = openId;
  const query = wayBack(next) === '/' ? '' : `?${new URLSearchParams({ next: wayBack(next) }).toString()}`;
  const leave =
    left === undefined ? undefined : await signOutUrl(linkTo(request, '/login')).catch(() => undefined);
  return { provider, providerPath: `/login/openid${query}`, leave };
};

/** The page of sign-in; `given` is what the user had typed or was on the way to. */
export const loginPage = async (
  context: AccountsContext,
  request: Request,
  given: {
    readonly name?: string;
    readonly next?: string | undefined;
    readonly left?: 'provider' | undefined;
    readonly error?: string;
  },
): Promise<PageView> => {
  const inputs: FormInput[] = [
    { name: 'name', label: 'Account', type: 'text', value: given.name ?? '', autocomplete: 'username' },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
    { name: 'next', label: 'next', type: 'hidden', value: wayBack(given.next) },
  ];
  const first = given.name === undefined ? 'name' : 'password';
  const links = await providerLinks(context, request, given);
  return gate('Sign in', '', {
    ...{ path: '/login', submit: 'Sign in', inputs, first, error: given.error },
    ...links,
  });
};

const linkPage = (path: string, error?: string): PageView =>
  gate('Set the password', 'Of your account: this link is good once.', {
    ...{ path, submit: 'Set it and sign in', inputs: newPassword, first: 'password', error },
  });

/** Sessions are never those of before: what was planted in the browser is of no use to who planted it. */
export const beginSession = async (
  request: Request,
  response: Response,
  { accounts, cookie }: AccountsContext,
  { session }: SignedIn,
): Promise<void> => {
  const before = cookie.read(request);
  if (before !== undefined) await accounts().signOut(before);
  cookie.set(request, response, session);
};

const refuse = (response: Response, refused: Refused): Response => {
  if (refused.because === 'wrong') return response.status(401);
  return response.status(429).set('Retry-After', String(retrySeconds(refused)));
};

const signIn =
  (context: AccountsContext): RequestHandler =>
  async (request, response) => {
    const { next, ...given } = readInput(loginFields, request.body, 'body');
    const found = await context.accounts().signIn(given, clientOf(request));
    if ('because' in found) {
      const why = refusalText(found, 'there is no account of this name with this password');
      const page = await loginPage(context, request, { name: given.name, next, error: why });
      return sendPage(request, refuse(response, found), page, context.shellFor(response));
    }
    await beginSession(request, response, context, found);
    redirect(response, wayBack(next));
  };

const signOut =
  ({ accounts, cookie, openAnswers }: AccountsContext): RequestHandler =>
  async (request, response) => {
    const session = cookie.read(request);
    const ended = session === undefined ? undefined : await accounts().signOut(session);
    cookie.clear(request, response);
    redirect(response, ended?.how === PROVIDED ? '/login?left=provider' : '/login');
    await openAnswers.check();
  };

const redeem =
  (context: AccountsContext): RequestHandler =>
  async (request, response) => {
    const given = readInput(secret, request.params, 'path');
    const fields = readInput(linkFields, request.body, 'body');
    const again = (why: string): Promise<void> =>
      sendPage(request, response, linkPage(request.path, why), context.shellFor(response));
    try {
      checkSame(fields);
      const found = await context.accounts().redeem(given.secret, fields.password, clientOf(request));
      if ('because' in found) {
        refuse(response, found);
        return await again(
          refusalText(found, 'the link was used, or it is out of date: ask an admin for another one'),
        );
      }
      await beginSession(request, response, context, found);
      redirect(response, '/');
    } catch (error) {
      const { status, detail } = toProblem(error);
      if (status !== 400) throw error;
      response.status(status);
      await again(detail);
    }
  };

/** Adds sign-in, sign-out and one-time links. */
export const addSignIn = (router: Router, context: AccountsContext): void => {
  const { shellFor } = context;
  router.get('/login', async (request, response) => {
    const given = readInput(loginQuery, request.query, 'query');
    await sendPage(request, response, await loginPage(context, request, given), shellFor(response));
  });
  router.post('/login', formBody, signIn(context));
  router.post('/logout', signOut(context));
  // Only the form redeems the link: who looks at links before their reader does must not use it up.
  router.get('/invitation/:secret', async (request, response) => {
    readInput(secret, request.params, 'path');
    await sendPage(request, response, linkPage(request.path), shellFor(response));
  });
  router.post('/invitation/:secret', formBody, redeem(context));
};
