import type { PageView } from '../pages/page.ts';
import type { AccountForm, FormCall, FormOutcome, Given } from './form.ts';

/** A form as a page or a dialog, filled with what was given. `error`: why the last try was refused. */
export const formPage = async (
  form: AccountForm,
  call: FormCall,
  given: Given,
  error?: string,
): Promise<PageView> => {
  const { inputs, ...text } = await form.describe(call, given);
  const { path, back } = form;
  // The user comes to what is to be filled in first.
  const first = inputs.find(({ type }) => type !== 'fixed' && type !== 'hidden')?.name;
  const model = { ...text, inputs, path, back, first, error };
  return { view: 'account-form', title: text.title, model, dialog: true, still: true };
};

/** A secret that is shown once. */
export const secretPage = (
  { back }: AccountForm,
  { title, lead, secret }: Extract<FormOutcome, { secret: string }>,
): PageView => ({ view: 'secret', title, model: { title, lead, secret, back }, dialog: true, still: true });
