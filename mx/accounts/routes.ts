import { Router } from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import type { Accounts } from '../../scheduler/accounts/api.ts';
import { clientOf } from '../access/authenticate.ts';
import { headerJson } from '../http/header-json.ts';
import { readInput } from '../http/input.ts';
import { toProblem } from '../http/problem.ts';
import { redirect } from '../http/redirect.ts';
import { sendPage } from '../http/render.ts';
import { identityOf } from '../http/request-context.ts';
import { formBody } from './context.ts';
import type { AccountsContext } from './context.ts';
import type { AccountForm, FormCall, Given } from './form.ts';
import { formPage, secretPage } from './form-page.ts';
import { addOpenIdSignIn } from './openid-sign-in.ts';
import { ownForms } from './own-forms.ts';
import { addSignIn } from './sign-in.ts';
import { tokenForms } from './token-forms.ts';
import { userForms } from './user-forms.ts';

const forms: readonly AccountForm[] = [...ownForms, ...userForms, ...tokenForms];

const text = z.string().max(1000);
const givenSchema = z.record(z.string(), z.union([text, z.array(text)]));

const callOf = (request: Request, response: Response, context: AccountsContext): FormCall => {
  const identity = identityOf(response);
  if (identity === undefined)
    throw new Error(`${request.path} has to ask for an account in the policy table`);
  const client = clientOf(request);
  return {
    accounts: context.accounts(),
    identity,
    by: { actor: identity.actor, address: client.address },
    client,
    now: context.now(),
    linkTo: (path) => context.linkTo(request, path),
    setSession: (session) =>
      session === undefined
        ? context.cookie.clear(request, response)
        : context.cookie.set(request, response, session),
  };
};

/** Without scripts a page comes next; with them the dialog is closed, and the page behind it is asked for again. */
const goOn = (request: Request, response: Response, to: string, done?: string): void => {
  if (request.headers['hx-request'] !== 'true') return redirect(response, to);
  if (done === undefined) response.set('HX-Redirect', `${response.req.baseUrl}${to}`);
  else response.set('HX-Trigger', headerJson({ done: { text: done } }));
  response.status(204).end();
};

const submit = async (
  form: AccountForm,
  request: Request,
  response: Response,
  context: AccountsContext,
): Promise<void> => {
  const call = callOf(request, response, context);
  const shell = context.shellFor(response);
  try {
    const outcome = await form.submit(call, request.body);
    if ('secret' in outcome) await sendPage(request, response, secretPage(form, outcome), shell);
    else if ('leaveTo' in outcome) goOn(request, response, outcome.leaveTo);
    else goOn(request, response, form.back, outcome.done);
  } catch (error) {
    const { status, detail } = toProblem(error);
    if (status !== 400 && status !== 409) throw error;
    const given = readInput<Given>(givenSchema, request.body, 'body');
    await sendPage(request, response.status(status), await formPage(form, call, given, detail), shell);
  }
  await context.openAnswers.check();
};

const addForm = (router: Router, form: AccountForm, context: AccountsContext): void => {
  const show: RequestHandler = async (request, response) => {
    const given = readInput<Given>(givenSchema, request.query, 'query');
    const view = await formPage(form, callOf(request, response, context), given);
    await sendPage(request, response, view, context.shellFor(response));
  };
  router.get(form.path, show);
  router.post(form.path, formBody, (request, response) => submit(form, request, response, context));
};

/** Sign-in and sign-out, one-time links, and the forms for accounts, sessions and tokens. */
export const accountRoutes = (context: AccountsContext): Router => {
  const router = Router();
  for (const form of forms) addForm(router, form, context);
  addSignIn(router, context);
  addOpenIdSignIn(router, context);
  return router;
};

/** The accounts, or an error where none are kept. */
export const accountsOr404 = (accounts: Accounts | undefined): Accounts => {
  if (accounts === undefined) throw new SynergyError('NOT_FOUND', 'no accounts are kept here');
  return accounts;
};
