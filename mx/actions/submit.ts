import type { Request, Response } from 'express';
import { z } from 'zod';
import { HttpError, toProblem } from '../http/problem.ts';
import { sendPage } from '../http/render.ts';
import type { Shell } from '../http/render.ts';
import { readInput } from '../http/input.ts';
import type { CommandKind, CommandRecord } from '../../domain/model/record.ts';
import type { CommandRequest } from '../../scheduler/api.ts';
import { describeAction } from './dialog.ts';
import type { Fields } from './dialog.ts';
import { readForm } from './form.ts';
import { commandKinds } from './schema.ts';

const pathSchema = z.strictObject({ kind: z.enum(commandKinds) });
const formSchema = z.record(z.string(), z.string());

/** Recorded as the author of commands from the pages; accounts do not exist yet. */
const ACTOR = 'dashboard';

const words: Readonly<Record<CommandKind, string>> = {
  reprocess: 'Reprocessing',
  skip: 'Skipped',
  'set-managed': 'Saved',
  'fire-managed': 'Fired',
  'add-freerun': 'Created',
  'set-freerun': 'Saved',
  'remove-freerun': 'Removed',
  'fire-freerun': 'Fired',
  'cancel-uow': 'Canceled',
};

/** Header values are Latin-1 at most: escape the rest as JSON does. */
const headerJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const succeed = (request: Request, response: Response, record: CommandRecord, back: string): void => {
  if (request.headers['hx-request'] !== 'true') {
    response.redirect(303, back);
    return;
  }
  const text =
    record.state === 'open' ? `${words[record.kind]}: waits for the scheduler` : words[record.kind];
  response
    .status(204)
    .set('HX-Trigger', headerJson({ done: { text } }))
    .end();
};

/** Carries out a dialog's form. A refusal shows the dialog again: with the reason, what was typed, and the new plan. */
export const submitAction = async (request: Request, response: Response, shell: Shell): Promise<void> => {
  const { api } = shell.context;
  const { kind } = readInput(pathSchema, request.params, 'path');
  const fields: Fields = readInput(formSchema, request.body, 'body');
  try {
    const command: CommandRequest = { ...readForm(kind, fields), actor: ACTOR };
    const { back } = await describeAction(api, kind, fields);
    const record = await api.execute(command);
    succeed(
      request,
      response,
      record,
      kind === 'remove-freerun' || kind === 'add-freerun' ? '/freerun' : back,
    );
  } catch (error) {
    const { status, detail } = toProblem(error);
    if (status >= 500 || (error instanceof HttpError && error.status !== 400)) throw error;
    const model = await describeAction(api, kind, fields, detail);
    await sendPage(request, response.status(status), { view: 'action', title: model.title, model }, shell);
  }
};
