import { z } from 'zod';
import { scopes } from '../../domain/accounts/scope.ts';
import { SynergyError } from '../../domain/errors.ts';
import { DAY } from '../../domain/time/calendar.ts';
import { everything } from './everything.ts';
import { defineForm, subject, textOf } from './form.ts';
import type { FormCall } from './form.ts';

const scope = z.enum(scopes);
const lifetimes = { '30': '30 days', '90': '90 days', '365': 'a year', '0': 'until it is revoked' } as const;

const scopeWords: Readonly<Record<(typeof scopes)[number], string>> = {
  read: 'read: all that viewers see, and metrics',
  operate: 'operate: commands',
  admin: 'admin: accounts and the audit',
  work: 'work: what external workers do',
  account: 'account: the password of the account',
};

/** Throws NOT_FOUND for a token of another account, unless an admin asks. */
const checkOwner = async ({ accounts, identity }: FormCall, id: string): Promise<void> => {
  if (identity.role === 'admin') return;
  const all = await everything(
    (page) => accounts.tokens.list(page),
    (token) => token.id,
  );
  if (!all.some((token) => token.id === id && token.account === identity.actor))
    throw new SynergyError(
      'NOT_FOUND',
      `you have no token '${id}': the page Tokens lists those that you have`,
    );
};

const addToken = defineForm({
  path: '/tokens/add',
  back: '/tokens',
  describe: ({ identity }, given) => ({
    title: 'New token',
    lead: 'For a program that uses the API. What it may do is what both its scopes and the role of its account allow.',
    submit: 'Create',
    inputs: [
      {
        name: 'label',
        label: 'What it is for',
        type: 'text',
        value: textOf(given, 'label'),
        autocomplete: 'off',
      },
      ...(identity.role === 'admin'
        ? [
            {
              ...({ name: 'owner', label: 'Account', type: 'text', autocomplete: 'off' } as const),
              value: textOf(given, 'owner') || identity.actor,
            },
          ]
        : []),
      {
        name: 'scopes',
        label: 'Scopes',
        type: 'checks',
        value: given['scopes'] ?? 'read',
        options: scopes.map((name) => [name, scopeWords[name]]),
      },
      {
        name: 'days',
        label: 'Good for',
        type: 'select',
        value: textOf(given, 'days') || '90',
        options: Object.entries(lifetimes).sort(([a], [b]) => Number(a) - Number(b)),
      },
    ],
  }),
  fields: z.strictObject({
    label: z.string().trim().min(1, 'say what the token is for').max(100),
    owner: z.string().max(200).optional(),
    scopes: z.union([scope.transform((one) => [one]), z.array(scope)], {
      error: 'choose one scope at least',
    }),
    days: z.enum(Object.keys(lifetimes) as [keyof typeof lifetimes]),
  }),
  submit: async ({ accounts, identity, by, now }, { label, owner = identity.actor, scopes, days }) => {
    if (owner !== identity.actor && identity.role !== 'admin')
      throw new SynergyError('INVALID_ARGUMENT', 'tokens of other accounts are created by admins');
    const expires = days === '0' ? {} : { expiresAt: now + Number(days) * DAY };
    const { token } = await accounts.tokens.create({ owner, label, scopes, ...expires }, by);
    return {
      title: `Token: ${label}`,
      lead: `Send it as Authorization: Bearer … with each request. It is not shown again: what is kept of it cannot be turned back.`,
      secret: token,
    };
  },
});

const revokeToken = defineForm({
  path: '/tokens/revoke',
  back: '/tokens',
  describe: (_, given) => ({
    title: 'Revoke the token',
    lead: `Programs that use '${textOf(given, 'label')}' are refused from now on. A revoked token is never good again.`,
    submit: 'Revoke',
    danger: true,
    inputs: [subject(given, 'id'), subject(given, 'label')],
  }),
  fields: z.strictObject({ id: z.string().min(1).max(100), label: z.string().max(200).optional() }),
  submit: async (call, { id }) => {
    await checkOwner(call, id);
    await call.accounts.tokens.revoke(id, call.by);
    return { done: 'The token is revoked' };
  },
});

/** What users do with tokens. */
export const tokenForms = [addToken, revokeToken];
