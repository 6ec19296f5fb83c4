import type { Role } from './role.ts';

/**
 * What an API token may be used for, each scope by itself: `read` what viewers may, `operate` what operators may besides,
 * `admin` what admins may besides, `work` what external workers do.
 */
export const scopes = ['read', 'operate', 'admin', 'work'] as const;

export type Scope = (typeof scopes)[number];

/** The least role of an account whose token has any use for a scope: a token never may what its account may not. */
export const roleFor: Readonly<Record<Scope, Role>> = {
  read: 'viewer',
  operate: 'operator',
  admin: 'admin',
  work: 'operator',
};
