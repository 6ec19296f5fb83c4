import { z } from 'zod';
import type { AuditEvent, AuditRecord } from '../../domain/accounts/record.ts';
import type { Account, Accounts, AccountSession, ApiToken } from '../../scheduler/accounts/api.ts';
import { definePage } from '../pages/page.ts';
import type { Page, PageContext } from '../pages/page.ts';
import { browserText } from '../present/browser-text.ts';
import { withQuery } from '../present/link.ts';
import { clockText, distanceText } from '../present/time-text.ts';
import { everything } from './everything.ts';
import { accountsOr404 } from './routes.ts';

/** Rows of one page. */
const PAGE = 100;

const query = z.strictObject({ after: z.string().min(1).max(200).exactOptional() });

const keptBy = ({ accounts }: PageContext): Accounts => accountsOr404(accounts);

/** A page of a list that goes on one way, and the links to the beginning and to what follows. */
const turned = <T>(
  path: string,
  after: string | undefined,
  found: readonly T[],
  keyOf: (row: T) => string,
) => {
  const rows = found.slice(0, PAGE);
  const last = rows.at(-1);
  return {
    rows,
    first: after === undefined ? undefined : path,
    next: found.length > PAGE && last !== undefined ? withQuery(path, { after: keyOf(last) }) : undefined,
  };
};

const sessionLine = (now: number, sessionId: string | undefined) => (session: AccountSession) => ({
  id: session.id,
  browser: browserText(session.userAgent),
  how: session.how,
  address: session.address,
  began: clockText(session.createdAt),
  used: distanceText(session.lastUsedAt, now),
  isThis: session.id === sessionId,
  end: withQuery('/account/session', { id: session.id }),
});

const accountPage = definePage({
  path: '/account',
  open: async (context) => {
    const { identity, clock } = context;
    const accounts = keptBy(context);
    if (identity?.sessionId === undefined)
      return { view: 'account', title: 'Account', model: { isLocal: true }, still: true };
    const all = await everything(
      (page) => accounts.sessions.list(page),
      ({ id }) => id,
    );
    const own = all.filter(({ account }) => account === identity.actor);
    const model = {
      isLocal: false,
      name: identity.actor,
      role: identity.role,
      sessions: own.map(sessionLine(clock.now(), identity.sessionId)),
    };
    return { view: 'account', title: 'Account', model };
  },
});

/** How its user can sign in. */
const entryText = ({ hasPassword, isProvided, invitedUntil }: Account, now: number): string => {
  if (isProvided && !hasPassword) return 'OpenID provider';
  const isInvited = invitedUntil !== null && invitedUntil > now;
  if (hasPassword) return isInvited ? 'password, and a one-time link is out' : 'password';
  return isInvited ? 'a one-time link is out' : 'no password, no link';
};

const userLine = (now: number, self: string | undefined) => (account: Account) => {
  const { name, role, lastSignInAt, createdAt } = account;
  const link = (path: string): string => withQuery(path, { name });
  return {
    name,
    role,
    isSelf: name === self,
    entry: entryText(account, now),
    seen: lastSignInAt === null ? undefined : distanceText(lastSignInAt, now),
    added: clockText(createdAt),
    actions: [
      { label: 'Role', href: withQuery('/users/role', { name, role }) },
      { label: 'Link', href: link('/users/link') },
      { label: 'Sign out', href: link('/users/sign-out') },
      { label: 'Remove', href: link('/users/remove') },
    ],
  };
};

const usersPage = definePage({
  path: '/users',
  query,
  open: async (context, { after }) => {
    const { identity, clock } = context;
    const found = await keptBy(context).users.list({
      limit: PAGE + 1,
      ...(after !== undefined && { after }),
    });
    const { rows, ...pager } = turned('/users', after, found, ({ name }) => name);
    const model = { users: rows.map(userLine(clock.now(), identity?.actor)), ...pager };
    return { view: 'users', title: 'Users', model };
  },
});

const tokenState = ({ expiresAt, revokedAt }: ApiToken, now: number): 'good' | 'revoked' | 'expired' => {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'good';
};

const tokenLine = (now: number) => (token: ApiToken) => ({
  id: token.id,
  label: token.label,
  account: token.account,
  scopes: token.scopes,
  state: tokenState(token, now),
  created: clockText(token.createdAt),
  expires: token.expiresAt === null ? undefined : distanceText(token.expiresAt, now),
  used: token.lastUsedAt === null ? undefined : distanceText(token.lastUsedAt, now),
  address: token.lastAddress,
  revoke: withQuery('/tokens/revoke', { id: token.id, label: token.label }),
});

const tokensPage = definePage({
  path: '/tokens',
  query,
  open: async (context, { after }) => {
    const { identity, clock } = context;
    const { tokens } = keptBy(context);
    const isAdmin = identity?.role === 'admin';
    const found = isAdmin
      ? await tokens.list({ limit: PAGE + 1, ...(after !== undefined && { after }) })
      : (
          await everything(
            (page) => tokens.list(page),
            ({ id }) => id,
          )
        ).filter(({ account }) => account === identity?.actor);
    const { rows, ...pager } = turned('/tokens', after, found, ({ id }) => id);
    const model = { tokens: rows.map(tokenLine(clock.now())), isAdmin, ...pager };
    return { view: 'tokens', title: 'Tokens', model };
  },
});

const eventWords: Readonly<Record<AuditEvent, readonly [words: string, isBad?: true]>> = {
  'sign-in': ['signed in'],
  'sign-in-failed': ['failed to sign in', true],
  'sign-out': ['signed out'],
  'session-ended': ['ended a session'],
  'account-added': ['added the account'],
  'account-removed': ['removed the account'],
  'role-set': ['set the role'],
  'password-set': ['set the password'],
  invited: ['made a one-time link'],
  'token-created': ['created a token'],
  'token-revoked': ['revoked a token'],
};

const auditLine = ({ id, at, actor, event, subject, address, detail }: AuditRecord) => ({
  id,
  at: clockText(at),
  actor,
  words: eventWords[event][0],
  isBad: eventWords[event][1] === true,
  subject,
  address,
  detail: Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', '),
});

const auditPage = definePage({
  path: '/audit',
  query,
  open: async (context, { after }) => {
    const { audit } = keptBy(context);
    const found = await audit.list({ limit: PAGE + 1, ...(after !== undefined && { after }) });
    const { rows, ...pager } = turned('/audit', after, found, ({ id }) => id);
    return { view: 'audit', title: 'Audit', model: { rows: rows.map(auditLine), ...pager } };
  },
});

/** Pages of accounts, reached from the name in the frame. */
export const accountPages: readonly Page[] = [accountPage, usersPage, tokensPage, auditPage];
