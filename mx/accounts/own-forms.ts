import { z } from 'zod';
import { passwordRule } from '../../domain/accounts/password.ts';
import { SynergyError } from '../../domain/errors.ts';
import { everything } from './everything.ts';
import { defineForm, subject } from './form.ts';
import type { FormInput } from './form.ts';
import { refusalText } from './refusal-text.ts';

const password = z.string().max(1000);

/** Two fields, since what is typed unseen is typed twice. */
export const newPassword: readonly FormInput[] = [
  {
    name: 'password',
    label: 'New password',
    type: 'password',
    hint: passwordRule,
    autocomplete: 'new-password',
  },
  { name: 'again', label: 'The same again', type: 'password', autocomplete: 'new-password' },
];

/** Fields of a new password. */
export const newPasswordFields = { password, again: password };

/** Throws INVALID_ARGUMENT unless both are the same. */
export const checkSame = (fields: { readonly password: string; readonly again: string }): void => {
  if (fields.password !== fields.again)
    throw new SynergyError('INVALID_ARGUMENT', 'the two passwords differ: type the same one twice');
};

const changePassword = defineForm({
  path: '/account/password',
  back: '/account',
  describe: ({ identity }) => ({
    title: 'Change the password',
    lead: 'All sessions of the account end; this browser stays signed in.',
    submit: 'Change it',
    inputs: [
      { name: 'username', label: 'Account', type: 'fixed', value: identity.actor },
      { name: 'current', label: 'Password now', type: 'password', autocomplete: 'current-password' },
      ...newPassword,
    ],
  }),
  fields: z.strictObject({
    username: z.string().max(200).optional(),
    current: password,
    ...newPasswordFields,
  }),
  submit: async ({ accounts, identity: { actor: name }, by, client, setSession }, fields) => {
    checkSame(fields);
    const proved = await accounts.signIn({ name, password: fields.current }, client);
    if ('because' in proved)
      throw new SynergyError(
        'INVALID_ARGUMENT',
        refusalText(proved, 'the password that was given as the present one is wrong'),
      );
    await accounts.users.setPassword(name, fields.password, by);
    const { session } = await accounts.signInAs(name, client, 'password change');
    setSession(session);
    return { leaveTo: '/account' };
  },
});

const endSession = defineForm({
  path: '/account/session',
  back: '/account',
  describe: (_, given) => ({
    title: 'End the session',
    lead: 'The browser that has it is signed out.',
    submit: 'End it',
    danger: true,
    inputs: [subject(given, 'id')],
  }),
  fields: z.strictObject({ id: z.string().min(1).max(100) }),
  submit: async ({ accounts, identity, by }, { id }) => {
    const all = await everything(
      (page) => accounts.sessions.list(page),
      (session) => session.id,
    );
    if (!all.some((session) => session.id === id && session.account === identity.actor))
      throw new SynergyError('NOT_FOUND', 'this session has ended, or it is of another account');
    await accounts.sessions.revoke(id, by);
    return id === identity.sessionId ? { leaveTo: '/login' } : { done: 'The session has ended' };
  },
});

const signOutEverywhere = defineForm({
  path: '/account/sign-out',
  back: '/account',
  describe: () => ({
    title: 'Sign out everywhere',
    lead: 'All sessions of the account end, this one too. Tokens stay as they are.',
    submit: 'Sign out everywhere',
    danger: true,
    inputs: [],
  }),
  fields: z.strictObject({}),
  submit: async ({ accounts, identity, by, setSession }) => {
    await accounts.sessions.revokeAllOf(identity.actor, by);
    setSession(undefined);
    return { leaveTo: '/login' };
  },
});

/** What users do with their own accounts. */
export const ownForms = [changePassword, endSession, signOutEverywhere];
