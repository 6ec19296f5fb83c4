import type {
  AccountRecord,
  ApiTokenRecord,
  AuditRecord,
  SessionRecord,
} from '../../domain/accounts/record.ts';
import type { Role } from '../../domain/accounts/role.ts';
import type { Scope } from '../../domain/accounts/scope.ts';

/** Who asks, proved by a session or a token. */
export interface Identity {
  /** Name of the account; `local` while there are none. */
  readonly actor: string;
  readonly role: Role;
  /** Of a token: what it may do is what both these and the role allow. */
  readonly scopes?: readonly Scope[];
  readonly sessionId?: string;
  readonly tokenId?: string;
}

/** Where a request comes from. */
export interface Client {
  readonly address: string;
  readonly userAgent?: string;
}

/** Who has something changed; an `Identity` will do. */
export interface Author {
  readonly actor: string;
  readonly address?: string;
}

export interface SignedIn {
  /** Secret of the cookie, 43 characters: only its hash is kept. */
  readonly session: string;
  readonly identity: Identity;
}

/** `locked`: there were too many failures, and this try was not looked at. */
export interface Refused {
  readonly because: 'wrong' | 'locked';
  /** Milliseconds until a try is looked at. */
  readonly retryAfter?: number;
}

/** `after`: goes on behind the record of this key, in the order of the list; a page is stable under inserts. */
export interface AccountPage {
  readonly limit: number;
  readonly after?: string;
}

/** An account for people: its secrets are left out. */
export interface Account extends Pick<
  AccountRecord,
  'name' | 'role' | 'invitedUntil' | 'lastSignInAt' | 'createdAt' | 'updatedAt' | 'version'
> {
  readonly hasPassword: boolean;
  /** Of a user of an OpenID provider. */
  readonly isProvided: boolean;
}

export type AccountSession = Pick<
  SessionRecord,
  'id' | 'account' | 'how' | 'address' | 'userAgent' | 'createdAt' | 'lastUsedAt'
>;

export type ApiToken = Pick<
  ApiTokenRecord,
  | 'id'
  | 'account'
  | 'label'
  | 'scopes'
  | 'createdAt'
  | 'createdBy'
  | 'expiresAt'
  | 'lastUsedAt'
  | 'lastAddress'
  | 'revokedAt'
>;

export interface NewToken {
  readonly owner: string;
  readonly label: string;
  readonly scopes: readonly Scope[];
  /** Instant, ms; without it the token does not expire. */
  readonly expiresAt?: number;
}

/** Tokens of a program that has signed in to an account, shown once. */
export interface TokenPair {
  /** For requests; good for an hour. */
  readonly token: string;
  /** For the next pair; good for 30 days. */
  readonly refreshToken: string;
}

/** Programs that sign in with the password of an account, and are given tokens of the scopes that are of use to it. */
export interface AccountPrograms {
  signIn(
    given: { readonly name: string; readonly password: string },
    client: Client,
  ): Promise<TokenPair | Refused>;
  /** Another pair, in whose place the one before is revoked. Refused as wrong when the token is not that of a pair. */
  refresh(refreshToken: string, client: Client): Promise<TokenPair | Refused>;
  /** Revokes both tokens of the pair that one of them, by its id, is of. */
  signOut(tokenId: string, by: Author): Promise<void>;
}

/** Listed by name. */
export interface AccountUsers {
  list(page: AccountPage): Promise<Account[]>;
  /** Throws NOT_FOUND. */
  get(name: string): Promise<Account>;
  /**
   * Without a password it signs in by a one-time link, or by who proves it elsewhere. Throws INVALID_ARGUMENT, PASSWORD_UNFIT,
   * CONFLICT for a name that is taken. The first account has to be an admin.
   */
  add(
    account: {
      readonly name: string;
      readonly role: Role;
      readonly password?: string;
      /** As in `AccountRecord`. */
      readonly subject?: string;
    },
    by: Author,
  ): Promise<Account>;
  /** Ends the sessions of the account. Throws NOT_FOUND, LAST_ADMIN. */
  setRole(name: string, role: Role, by: Author): Promise<Account>;
  /** Ends the sessions of the account, and its one-time link. Throws NOT_FOUND, PASSWORD_UNFIT. */
  setPassword(name: string, password: string, by: Author): Promise<Account>;
  /** Ends its sessions and revokes its tokens. Throws NOT_FOUND, LAST_ADMIN. */
  remove(name: string, by: Author): Promise<void>;
}

/** The newest first. */
export interface AccountTokens {
  list(page: AccountPage): Promise<ApiToken[]>;
  /** `token` is shown once: only its hash is kept. Throws NOT_FOUND, INVALID_ARGUMENT. */
  create(token: NewToken, by: Author): Promise<{ readonly id: string; readonly token: string }>;
  /** Throws NOT_FOUND; one that is revoked already stays so. */
  revoke(id: string, by: Author): Promise<void>;
}

/** Those that have not ended; the newest first. */
export interface AccountSessions {
  list(page: AccountPage): Promise<AccountSession[]>;
  /** Throws NOT_FOUND. */
  revoke(id: string, by: Author): Promise<void>;
  /** Throws NOT_FOUND for an account that there is not. */
  revokeAllOf(name: string, by: Author): Promise<void>;
}

/**
 * Accounts, their sessions and API tokens. Every change is a compare-and-set, and the audit tells of it; one that came in
 * between is refused with CONFLICT.
 */
export interface Accounts {
  /** Whether there is an account: then everything needs one, for good. At most 1 s old, and at once after a change made here. */
  isNeeded(): Promise<boolean>;
  signIn(
    given: { readonly name: string; readonly password: string },
    client: Client,
  ): Promise<SignedIn | Refused>;
  /** By an identity that was proved elsewhere; `how` for the audit. Throws NOT_FOUND. */
  signInAs(name: string, client: Client, how: string): Promise<SignedIn>;
  /**
   * Signs in who was proved by an OpenID provider, to the account of that user, which is made at the first sign-in, in the
   * role that the provider says. Throws CONFLICT for a name that another account has, LAST_ADMIN.
   */
  signInProvided(
    user: { readonly subject: string; readonly name: string; readonly role: Role },
    client: Client,
  ): Promise<SignedIn>;
  /** Answers the session that has ended by it. */
  signOut(session: string): Promise<AccountSession | undefined>;
  /**
   * Undefined when it has ended: by sign-out, by a change of the account, after a time without use or since it began. `by`:
   * what a page asks for by itself, as long as it is open, is no use of the session by its user.
   */
  bySession(session: string, by?: 'user' | 'page'): Promise<Identity | undefined>;
  byToken(token: string, client: Client): Promise<Identity | undefined>;
  /** What a request is refused with whose token is not valid: `locked` when too many came from its address. */
  refuseToken(client: Client): Refused;
  readonly users: AccountUsers;
  readonly tokens: AccountTokens;
  readonly sessions: AccountSessions;
  readonly programs: AccountPrograms;
  /** Secret of a one-time link, good for 24 h, to set the password of an account; takes the place of the link before. */
  invite(name: string, by: Author): Promise<string>;
  /** Sets the password. Refused as wrong when the link is used, replaced or out of date. Throws PASSWORD_UNFIT. */
  redeem(secret: string, password: string, client: Client): Promise<SignedIn | Refused>;
  readonly audit: {
    /** The newest first. */
    list(page: AccountPage): Promise<AuditRecord[]>;
  };
}

/** How users of sessions were known that an OpenID provider proved. */
export const PROVIDED = 'OpenID Connect';

/** Path of the dashboard's page where a one-time link is redeemed. */
export const invitationPath = (secret: string): string => `/invitation/${secret}`;
