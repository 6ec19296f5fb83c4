import type { Request, Response } from 'express';
import { z } from 'zod';
import { headerJson } from '../http/header-json.ts';
import { toProblem } from '../http/problem.ts';
import { redirect } from '../http/redirect.ts';
import { sendPage } from '../http/render.ts';
import type { Shell } from '../http/render.ts';
import { readInput } from '../http/input.ts';
import type { PageView } from '../pages/page.ts';
import type { CommandRecord } from '../../domain/model/record.ts';
import { commandKinds, commandTable } from '../../scheduler/commands/command-table.ts';
import type { CommandKind } from '../../scheduler/commands/command-table.ts';
import { newSigningSecret } from '../../scheduler/commands/signing-secret.ts';
import { notRefused } from '../../scheduler/commands/check-command.ts';
import { describeAction, pageOf } from './dialog.ts';
import type { FormFields } from './command-dialog.ts';
import { readForm } from './form.ts';

const pathSchema = z.strictObject({ kind: z.enum(commandKinds) });
const formSchema = z.record(z.string(), z.string());

/** What became of it: a firing may find that it must not publish. */
const outcomeText = (kind: CommandKind, { state, result }: CommandRecord): string => {
  const because = result?.['because'];
  if (typeof because === 'string') return `Nothing was done: ${because}`;
  const { done } = commandTable[kind].words;
  return state === 'open' ? `${done}: waits for the scheduler` : done;
};

/** A secret that was made, which is shown this once. */
const secretView = (fields: FormFields, secret: string): PageView => {
  const { owner = '', triggerId = '' } = fields;
  const title = `New secret of ${owner}/${triggerId}`;
  const lead =
    'It is shown this once, and stored sealed: give it to who receives. The one before, if any, signs beside it for 24 hours.';
  const model = { title, lead, secret, back: pageOf('rotate-secret', fields) };
  return { view: 'secret', title, model, dialog: true, still: true };
};

/** Carries out a dialog's form. A refusal shows the dialog again: with the reason, what was typed, and the new plan. */
export const submitAction = async (request: Request, response: Response, shell: Shell): Promise<void> => {
  const { api } = shell.context;
  const { kind } = readInput(pathSchema, request.params, 'path');
  const fields: FormFields = readInput(formSchema, request.body, 'body');
  const secret = kind === 'rotate-secret' ? newSigningSecret() : undefined;
  try {
    const record = notRefused(await api.execute(readForm(kind, { ...fields, ...(secret && { secret }) })));
    if (secret !== undefined) return await sendPage(request, response, secretView(fields, secret), shell);
    if (request.headers['hx-request'] !== 'true') return redirect(response, pageOf(kind, fields));
    // Its page is no more, and would be asked for again where it is told that something was done.
    const next =
      kind === 'remove-trigger'
        ? { 'HX-Redirect': `${request.baseUrl}${pageOf(kind, fields)}` }
        : { 'HX-Trigger': headerJson({ done: { text: outcomeText(kind, record) } }) };
    response.status(204).set(next).end();
  } catch (error) {
    const { status, detail } = toProblem(error);
    if (status !== 400 && status !== 409) throw error;
    const dialog = await describeAction(api, kind, fields, detail);
    await sendPage(request, response.status(status), dialog, shell);
  }
};
