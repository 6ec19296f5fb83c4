import type { JsonObject } from '../model/process.ts';
import type { Role } from './role.ts';
import type { Scope } from './scope.ts';

/** What the audit tells of. */
export type AuditEvent =
  | 'sign-in'
  | 'sign-in-failed'
  | 'sign-out'
  | 'session-ended'
  | 'account-added'
  | 'account-removed'
  | 'role-set'
  | 'password-set'
  | 'invited'
  | 'token-created'
  | 'token-revoked';

/** A row of the audit. Instants are milliseconds since 1970, UTC. */
export interface AuditRecord {
  /** Of a change: what was changed, and its version since; so that it is told once. */
  readonly id: string;
  readonly at: number;
  /** Name of an account; of a user of the operating system where it was done on the command line. */
  readonly actor: string;
  readonly event: AuditEvent;
  /** The account that it is about; null for a name that no account has, which may be a password in the wrong field. */
  readonly subject: string | null;
  readonly address: string | null;
  readonly detail: JsonObject;
}

/** A record whose every change is a compare-and-set on its version, and is told by the audit. */
export interface AuditedRecord {
  readonly version: number;
  /** The row of the last change: written with it, and into the audit right after. */
  readonly audit: AuditRecord;
}

/** A user of the dashboard and the API. One that was removed stays, with `removed`: its name may be given anew. */
export interface AccountRecord extends AuditedRecord {
  readonly name: string;
  /** Fresh whenever the name is given: what was of the account before is not of this one. */
  readonly id: string;
  readonly role: Role;
  /** Hash with salt and parameters, in the format of PHC; null for an account that signs in otherwise. */
  readonly password: string | null;
  /** Issuer and id of the user at an OpenID provider; null for an account that is of no provider. */
  readonly subject: string | null;
  /** Rises with each change that ends all sessions: of the password, of the role. */
  readonly generation: number;
  /** An admin who is about to be one no more. */
  readonly stepsDown: boolean;
  readonly removed: boolean;
  /** SHA-256 of the secret of the one-time link that is out, if any. */
  readonly invitation: string | null;
  readonly invitedUntil: number | null;
  readonly lastSignInAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What belongs to an account and is known by the SHA-256 of a secret. */
interface HeldSecret extends AuditedRecord {
  /** The first 20 hexadecimal digits of the hash. */
  readonly id: string;
  readonly hash: string;
  readonly account: string;
  /** As in `AccountRecord.id`. */
  readonly accountId: string;
  readonly createdAt: number;
}

/** A browser that is signed in. */
export interface SessionRecord extends HeldSecret {
  /** As in `AccountRecord`; with another one it has ended. */
  readonly generation: number;
  /** How the user was known: `password`, `one-time link`, or what the caller says. */
  readonly how: string;
  readonly address: string;
  readonly userAgent: string | null;
  /** Noted now and then. */
  readonly lastUsedAt: number;
  /** Null until it is ended by the user or by an admin. */
  readonly endedAt: number | null;
}

/** A token for programs. */
export interface ApiTokenRecord extends HeldSecret {
  readonly label: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
  readonly expiresAt: number | null;
  /** Noted now and then. */
  readonly lastUsedAt: number | null;
  readonly lastAddress: string | null;
  readonly revokedAt: number | null;
}
