import type { AccountRecord, ApiTokenRecord, AuditRecord, SessionRecord } from '../domain/accounts/record.ts';
import { roles } from '../domain/accounts/role.ts';
import type { ArrivalSpec, CollectionSpec } from './collection.ts';

const audited = { version: 'number', audit: 'value' } as const;

export const accountSpec: CollectionSpec<AccountRecord, 'name'> = {
  name: 'account',
  key: ['name'],
  fields: {
    name: 'text',
    id: 'text',
    role: roles,
    password: 'text?',
    subject: 'text?',
    generation: 'number',
    stepsDown: 'flag',
    removed: 'flag',
    invitation: 'text?',
    invitedUntil: 'number?',
    lastSignInAt: 'number?',
    createdAt: 'number',
    updatedAt: 'number',
    ...audited,
  },
  indexes: ['role', 'removed', 'invitation', 'subject'],
  added: { subject: () => null },
};

const heldSecret = {
  id: 'text',
  hash: 'text',
  account: 'text',
  accountId: 'text',
  createdAt: 'number',
  ...audited,
} as const;

export const sessionSpec: ArrivalSpec<SessionRecord, 'id'> = {
  name: 'session',
  key: ['id'],
  fields: {
    ...heldSecret,
    generation: 'number',
    how: 'text',
    address: 'text',
    userAgent: 'text?',
    lastUsedAt: 'number',
    endedAt: 'number?',
  },
  byArrival: true,
  indexes: ['account', 'endedAt'],
};

export const apiTokenSpec: ArrivalSpec<ApiTokenRecord, 'id'> = {
  name: 'api_token',
  key: ['id'],
  fields: {
    ...heldSecret,
    label: 'text',
    scopes: 'value',
    createdBy: 'text',
    expiresAt: 'number?',
    lastUsedAt: 'number?',
    lastAddress: 'text?',
    revokedAt: 'number?',
  },
  byArrival: true,
  indexes: ['account', 'revokedAt'],
};

/** Logins, and every change of an account, a session or an API token. */
export const auditSpec: ArrivalSpec<AuditRecord, 'id'> = {
  name: 'audit',
  key: ['id'],
  fields: {
    id: 'text',
    at: 'number',
    actor: 'text',
    event: 'text',
    subject: 'text?',
    address: 'text?',
    detail: 'object',
  },
  byArrival: true,
};
