import type { Role } from './role.ts';

/** The scopes, each with the least role of an account whose token has any use for it. */
export const roleFor = {
  read: 'viewer',
  operate: 'operator',
  admin: 'admin',
  work: 'operator',
  account: 'viewer',
} as const satisfies Readonly<Record<string, Role>>;

export type Scope = keyof typeof roleFor;

/**
 * What an API token may be used for, each scope by itself: `read` what viewers may, `operate` what operators may besides,
 * `admin` what admins may besides, `work` what external workers do, `account` what a program does for the account that it has
 * signed in to: it looks at it, sets its password, takes new tokens. It never may what its account may not.
 */
export const scopes = Object.keys(roleFor) as readonly Scope[];
