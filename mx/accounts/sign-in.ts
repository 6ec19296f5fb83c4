import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
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
const loginQuery = z.strictObject({ next: text.optional() });
const loginFields = z.strictObject({ name: text, password: text, next: text.optional() });
const linkFields = z.strictObject(newPasswordFields);

const gate = (title: string, lead: string, rest: object): PageView => ({
  view: 'gate',
  title,
  model: { title, lead, ...rest },
  bare: true,
  still: true,
});

const loginPage = (given: { name?: string; next?: string | undefined }, error?: string): PageView => {
  const inputs: FormInput[] = [
    { name: 'name', label: 'Account', type: 'text', value: given.name ?? '', autocomplete: 'username' },
    { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
    { name: 'next', label: 'next', type: 'hidden', value: wayBack(given.next) },
  ];
  const first = given.name === undefined ? 'name' : 'password';
  return gate('Sign in', '', { path: '/login', submit: 'Sign in', inputs, first, error });
};

const linkPage = (path: string, error?: string): PageView =>
  gate('Set the password', 'Of your account: this link is good once.', {
    ...{ path, submit: 'Set it and sign in', inputs: newPassword, first: 'password', error },
  });

/** Sessions are never those of before: what was planted in the browser is of no use to who planted it. */
const begin = async (
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
      const page = loginPage({ name: given.name, next }, why);
      return sendPage(request, refuse(response, found), page, context.shellFor(response));
    }
    await begin(request, response, context, found);
    redirect(response, wayBack(next));
  };

const signOut =
  ({ accounts, cookie, openAnswers }: AccountsContext): RequestHandler =>
  async (request, response) => {
    const session = cookie.read(request);
    if (session !== undefined) await accounts().signOut(session);
    cookie.clear(request, response);
    redirect(response, '/login');
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
      await begin(request, response, context, found);
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
    const { next } = readInput(loginQuery, request.query, 'query');
    await sendPage(request, response, loginPage({ next }), shellFor(response));
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
