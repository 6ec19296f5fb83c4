import { z } from 'zod';
import { accountNameRule } from '../../domain/accounts/account-name.ts';
import { roles } from '../../domain/accounts/role.ts';
import { invitationPath } from '../../scheduler/accounts/api.ts';
import { defineForm, subject, textOf } from './form.ts';
import type { FormCall, FormInput, FormOutcome, Given } from './form.ts';

const name = z.string().min(1).max(200);
const role = z.enum(roles);

const roleWords: Readonly<Record<(typeof roles)[number], string>> = {
  viewer: 'viewer: sees everything, changes nothing',
  operator: 'operator: reprocesses, skips, switches, fires as well',
  admin: 'admin: keeps the accounts as well',
};

const roleInput = (value: string, from: readonly (typeof roles)[number][] = roles): FormInput => ({
  name: 'role',
  label: 'Role',
  type: 'select',
  value,
  options: from.map((role) => [role, roleWords[role]]),
});

const oneTimeLink = async ({ accounts, by, linkTo }: FormCall, account: string): Promise<FormOutcome> => ({
  title: `One-time link of ${account}`,
  lead: 'The user who opens it sets the password of the account: hand it over in a safe way. It is good once, for 24 hours, and is not shown again.',
  secret: linkTo(invitationPath(await accounts.invite(account, by))),
});

const about = (given: Given): string => textOf(given, 'name') || 'an account';

const addUser = defineForm({
  path: '/users/add',
  back: '/users',
  describe: async ({ accounts }, given) => {
    const isFirst = !(await accounts.isNeeded());
    return {
      title: isFirst ? 'First account' : 'New account',
      lead: isFirst
        ? 'It is an admin. From now on everything needs an account: open the link that is shown next, and set its password.'
        : 'It gets a one-time link, by which its user sets the password.',
      submit: 'Create',
      inputs: [
        {
          name: 'name',
          label: 'Name',
          type: 'text',
          value: textOf(given, 'name'),
          hint: accountNameRule,
          autocomplete: 'off',
        },
        isFirst ? roleInput('admin', ['admin']) : roleInput(textOf(given, 'role') || 'viewer'),
      ],
    };
  },
  fields: z.strictObject({ name, role }),
  submit: async (call, fields) => {
    await call.accounts.users.add(fields, call.by);
    return oneTimeLink(call, fields.name);
  },
});

const setRole = defineForm({
  path: '/users/role',
  back: '/users',
  describe: (_, given) => ({
    title: `Role of ${about(given)}`,
    lead: 'Its sessions end, and its tokens may what the new role allows.',
    submit: 'Set the role',
    inputs: [subject(given, 'name'), roleInput(textOf(given, 'role'))],
  }),
  fields: z.strictObject({ name, role }),
  submit: async ({ accounts, by }, fields) => {
    await accounts.users.setRole(fields.name, fields.role, by);
    return { done: `${fields.name} is ${fields.role}` };
  },
});

const link = defineForm({
  path: '/users/link',
  back: '/users',
  describe: (_, given) => ({
    title: `One-time link for ${about(given)}`,
    lead: 'By it its user sets a new password. The password that it has now holds until then, and a link that is out already does not work any more.',
    submit: 'Create the link',
    inputs: [subject(given, 'name')],
  }),
  fields: z.strictObject({ name }),
  submit: (call, fields) => oneTimeLink(call, fields.name),
});

const signOutUser = defineForm({
  path: '/users/sign-out',
  back: '/users',
  describe: (_, given) => ({
    title: `Sign ${about(given)} out everywhere`,
    lead: 'All its sessions end. Its password and its tokens stay as they are.',
    submit: 'Sign out',
    danger: true,
    inputs: [subject(given, 'name')],
  }),
  fields: z.strictObject({ name }),
  submit: async ({ accounts, by }, fields) => {
    await accounts.sessions.revokeAllOf(fields.name, by);
    return { done: `${fields.name} is signed out` };
  },
});

const removeUser = defineForm({
  path: '/users/remove',
  back: '/users',
  describe: (_, given) => ({
    title: `Remove ${about(given)}`,
    lead: 'Its sessions end and its tokens are revoked. What it did stays in the journal and in the audit.',
    submit: 'Remove',
    danger: true,
    inputs: [subject(given, 'name')],
  }),
  fields: z.strictObject({ name }),
  submit: async ({ accounts, by }, fields) => {
    await accounts.users.remove(fields.name, by);
    return { done: `${fields.name} is removed` };
  },
});

/** What admins do with accounts. */
export const userForms = [addUser, setRole, link, signOutUser, removeUser];
