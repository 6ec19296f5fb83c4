import type { CommandRequest } from '../../scheduler/commands/check-command.ts';
import { notRefused } from '../../scheduler/commands/check-command.ts';
import type { TriggerKey } from '../../domain/event/trigger.ts';
import { readMessage } from '../actions/trigger-form.ts';
import type { FormFields } from '../actions/command-dialog.ts';
import { toProblem } from '../http/problem.ts';
import { executionPath, withQuery } from '../present/link.ts';
import type { PageContext, PageView } from './page.ts';

/** A test that was sent, or why it was not. */
export interface SentTest {
  /** Where it is told what came of it. */
  readonly href?: string;
  readonly error?: string;
}

/** What the form of a trigger shows in place of a test. */
export const testedPath = (executionId: string): string =>
  withQuery(executionPath(executionId), { as: 'test' });

/** Sends what is typed to the target that is typed; neither need be stored. */
export const sendTest = async (
  { api }: PageContext,
  { owner, id }: TriggerKey,
  fields: FormFields,
): Promise<SentTest> => {
  const { target, payload, problems } = readMessage(fields);
  if (target === undefined || Object.keys(problems).length > 0)
    return { error: `Nothing was sent: ${Object.values(problems).join('; ')}` };
  const given = Object.fromEntries(Object.entries(target).filter(([, value]) => value !== null));
  const request = { kind: 'test-trigger', owner, triggerId: id, target: given, payload };
  try {
    const { result } = notRefused(await api.execute(request as CommandRequest));
    return { href: testedPath(result?.['execution'] as string) };
  } catch (error) {
    const { status, detail } = toProblem(error);
    if (status !== 400 && status !== 409) throw error;
    return { error: `Nothing was sent: ${detail}` };
  }
};

/** The beginning of a test, which is asked for again until it has come to an end. */
export const sentView = (sent: SentTest): PageView => ({
  view: 'sent-test',
  title: 'Test',
  model: { ...sent, why: 'Sent; waiting for the answer…', attempts: [], isBad: false },
  dialog: true,
  still: true,
});
