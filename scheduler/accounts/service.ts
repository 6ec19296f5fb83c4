import { createAccountChanges } from './account-changes.ts';
import type { Accounts } from './api.ts';
import { createNeed } from './need.ts';
import { createParts } from './parts.ts';
import type { AccountsOptions } from './parts.ts';
import { createPrograms } from './programs.ts';
import { createProvidedSignIn } from './provided.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import { createTokens } from './tokens.ts';
import { createUsers } from './users.ts';

/** The accounts of a store, in every process that opens it. Failed sign-ins are counted in this one. */
export const createAccounts = (options: AccountsOptions): Accounts => {
  const parts = createParts(options);
  const need = createNeed(options.store, options.clock);
  const sessions = createSessions(parts);
  const changes = createAccountChanges(parts, sessions);
  const tokens = createTokens(parts);
  const users = createUsers(parts, changes, { tokens, need });
  const { prove, ...signIn } = createSignIn(parts, changes, sessions);
  return {
    isNeeded: need.isNeeded,
    ...signIn,
    signOut: sessions.signOut,
    bySession: sessions.bySession,
    byToken: tokens.byToken,
    refuseToken: tokens.refuseToken,
    signInProvided: createProvidedSignIn(parts, sessions, users),
    users,
    tokens: tokens.tokens,
    sessions: sessions.sessions,
    programs: createPrograms(parts, prove, tokens),
    audit: {
      list: ({ limit, after }) =>
        parts.audited.rows.list({
          reverse: true,
          limit,
          ...(after !== undefined && { after: { id: after } }),
        }),
    },
  };
};
