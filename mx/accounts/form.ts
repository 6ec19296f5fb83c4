import type { z } from 'zod';
import type { Accounts, Author, Client, Identity } from '../../scheduler/accounts/api.ts';
import { readInput } from '../http/input.ts';

/** What a form was given before, by the link to it or by the user. */
export type Given = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A field that a user fills in, or is shown. */
export interface FormInput {
  readonly name: string;
  readonly label: string;
  /** `fixed` is shown and cannot be changed, `hidden` is not even shown; `checks`: any of the options. */
  readonly type: 'text' | 'password' | 'select' | 'checks' | 'fixed' | 'hidden';
  readonly value?: string | readonly string[];
  /** Value and words of each. */
  readonly options?: readonly (readonly [value: string, words: string])[];
  readonly hint?: string;
  /** What a browser may fill in. */
  readonly autocomplete?: string;
}

/** What a form says and asks. */
export interface FormText {
  readonly title: string;
  readonly lead: string;
  /** Words on the button. */
  readonly submit: string;
  readonly danger?: true;
  readonly inputs: readonly FormInput[];
}

/** What became of it: words for a passing note, a secret that is shown once, or another page that is gone on to. */
export type FormOutcome =
  | { readonly done: string }
  | { readonly secret: string; readonly title: string; readonly lead: string }
  | { readonly leaveTo: string };

/** Who fills a form in, and what it may use. */
export interface FormCall {
  readonly accounts: Accounts;
  readonly identity: Identity;
  /** The same, for the audit. */
  readonly by: Author;
  readonly client: Client;
  /** Real time, ms. */
  readonly now: number;
  /** A path of the dashboard as others have to type it. */
  readonly linkTo: (path: string) => string;
  /** Lets the browser have another session, or none. */
  readonly setSession: (session: string | undefined) => void;
}

/** A change of accounts, sessions or tokens that is asked for by a form: shown by GET, sent by POST. */
export interface AccountForm {
  readonly path: string;
  /** The page that it is opened from. */
  readonly back: string;
  readonly describe: (call: FormCall, given: Given) => FormText | Promise<FormText>;
  readonly submit: (call: FormCall, body: unknown) => Promise<FormOutcome>;
}

interface Definition<F> extends Omit<AccountForm, 'submit'> {
  readonly fields: z.ZodType<F>;
  readonly submit: (call: FormCall, fields: F) => Promise<FormOutcome>;
}

/** A form whose fields are validated before they are used. */
export const defineForm = <F>({ fields, submit, ...form }: Definition<F>): AccountForm => ({
  ...form,
  submit: async (call, body) => submit(call, readInput<unknown>(fields, body, 'body') as F),
});

/** A field of what was given, as a text. */
export const textOf = (given: Given, name: string): string => {
  const value = given[name];
  return typeof value === 'string' ? value : (value?.[0] ?? '');
};

/** What the form is about, which travels with it. */
export const subject = (given: Given, name: string, label?: string): FormInput => ({
  name,
  label: label ?? name,
  type: label === undefined ? 'hidden' : 'fixed',
  value: textOf(given, name),
});
