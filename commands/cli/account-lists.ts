import type { Command } from 'commander';
import { z } from 'zod';
import type { AuditRecord } from '../../domain/accounts/record.ts';
import { instantText, printTable } from '../../lib/terminal/output.ts';
import type {
  Account,
  AccountPage,
  Accounts,
  AccountSession,
  ApiToken,
} from '../../scheduler/accounts/api.ts';
import { withAccounts } from './account-client.ts';
import { addPageOptions, printPage } from './page-options.ts';
import type { PageOptions } from './page-options.ts';

/** A list of what there is of accounts. */
interface List<T> {
  /** What tells a row from others, by which the list goes on, and what that is for help. */
  readonly cursor: readonly [form: string, words: string];
  readonly cursorOf: (row: T) => string;
  readonly read: (accounts: Accounts, page: AccountPage) => Promise<readonly T[]>;
  readonly head: readonly string[];
  readonly line: (row: T) => readonly string[];
  /** In place of a table without rows. */
  readonly nothing: string;
}

/** Has a command list page by page, in a table or as JSON. */
export const defineAccountList = <T>(own: Command, { cursor, cursorOf, read, ...table }: List<T>): Command =>
  addPageOptions(own, cursor[0], z.string().describe(cursor[1])).action(
    ({ limit, json, after }: PageOptions & { readonly after?: string }) =>
      withAccounts(own, async ({ accounts }) => {
        const page = { limit: limit + 1, ...(after !== undefined && { after }) };
        await printPage(
          await read(accounts, page),
          { limit, ...(json && { json }) },
          { cursorOf, table: (rows) => printTable(table.head, rows.map(table.line), table.nothing) },
        );
      }),
  );

export const userList: List<Account> = {
  cursor: ['name', 'those behind the account of this name'],
  cursorOf: ({ name }) => name,
  read: ({ users }, page) => users.list(page),
  head: ['name', 'role', 'password', 'last sign-in', 'added'],
  line: ({ name, role, hasPassword, invitedUntil, lastSignInAt, createdAt }) => [
    name,
    role,
    hasPassword ? 'yes' : invitedUntil === null ? 'no' : `by link until ${instantText(invitedUntil)}`,
    instantText(lastSignInAt),
    instantText(createdAt),
  ],
  nothing: 'no account yet: a user who reaches the dashboard may do everything',
};

export const sessionList: List<AccountSession> = {
  cursor: ['id', 'those behind the session of this id'],
  cursorOf: ({ id }) => id,
  read: ({ sessions }, page) => sessions.list(page),
  head: ['session', 'account', 'signed in', 'by', 'last use', 'from', 'browser'],
  line: ({ id, account, createdAt, how, lastUsedAt, address, userAgent }) => [
    id,
    account,
    instantText(createdAt),
    how,
    instantText(lastUsedAt),
    address,
    userAgent ?? '-',
  ],
  nothing: 'no user has signed in',
};

const stateOf = ({ revokedAt, expiresAt }: ApiToken): string => {
  if (revokedAt !== null) return `revoked ${instantText(revokedAt)}`;
  return expiresAt === null ? 'until revoked' : `until ${instantText(expiresAt)}`;
};

export const tokenList: List<ApiToken> = {
  cursor: ['id', 'those behind the token of this id'],
  cursorOf: ({ id }) => id,
  read: ({ tokens }, page) => tokens.list(page),
  head: ['token', 'account', 'label', 'scopes', 'good', 'last use', 'from'],
  line: (token) => [
    token.id,
    token.account,
    token.label,
    token.scopes.join(' '),
    stateOf(token),
    instantText(token.lastUsedAt),
    token.lastAddress ?? '-',
  ],
  nothing: 'no token yet',
};

export const auditList: List<AuditRecord> = {
  cursor: ['id', 'those behind the row of this id, as JSON tells it'],
  cursorOf: ({ id }) => id,
  read: ({ audit }, page) => audit.list(page),
  head: ['at', 'by', 'from', 'event', 'account', 'detail'],
  line: ({ at, actor, address, event, subject, detail }) => [
    instantText(at),
    actor,
    address ?? '-',
    event,
    subject ?? '-',
    Object.keys(detail).length === 0 ? '' : JSON.stringify(detail),
  ],
  nothing: 'nothing happened to accounts yet',
};
