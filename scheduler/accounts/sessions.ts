import type { AccountRecord, AuditEvent, SessionRecord } from '../../domain/accounts/record.ts';
import { SynergyError } from '../../domain/errors.ts';
import { pick } from '../../lib/pick.ts';
import { sessionSpec } from '../../db/account-collections.ts';
import type {
  AccountPage,
  AccountSession,
  AccountSessions,
  Accounts,
  Author,
  Client,
  SignedIn,
} from './api.ts';
import type { AccountsParts, SessionLimits } from './parts.ts';
import { isSecret, keptSecret, newSecret } from './secret.ts';

/** The last use is noted so often, ms; more often where sessions end after a few minutes. */
const NOTED_EVERY = 60_000;
const NOTED_IN_IDLE = 10;

/** Characters of the name of a browser that are kept. */
const LONGEST_AGENT = 200;

const shown = ['id', 'account', 'how', 'address', 'userAgent', 'createdAt', 'lastUsedAt'] as const;

/** Whether a session that was not ended is over by now. */
export const isOver = (
  { createdAt, lastUsedAt }: Pick<SessionRecord, 'createdAt' | 'lastUsedAt'>,
  { sessionIdle, sessionLife }: SessionLimits,
  now: number,
): boolean => now - createdAt >= sessionLife || now - lastUsedAt >= sessionIdle;

const isOf = ({ id, generation }: AccountRecord, session: SessionRecord): boolean =>
  session.accountId === id && session.generation === generation;

/** The records of sessions. */
const openRecords = ({ store, clock, audited }: AccountsParts) => {
  const records = store.collection(sessionSpec);
  const placeOf = (id: string) => ({ collection: records, key: { id }, name: `session ${id}` });
  return {
    records,
    placeOf,
    end: async (session: SessionRecord, event: AuditEvent, by: Author, because?: string): Promise<void> => {
      const detail = { session: session.id, ...(because !== undefined && { because }) };
      const told = { event, by, subject: session.account, detail };
      await audited.change(placeOf(session.id), session, { set: { endedAt: clock.now() }, told });
    },
    /** Unless it was ended. */
    bySecret: async (secret: string): Promise<SessionRecord | undefined> => {
      if (!isSecret(secret)) return undefined;
      const { id, hash } = keptSecret(secret);
      const session = await records.get({ id });
      return session?.hash === hash && session.endedAt === null ? session : undefined;
    },
  };
};

type Records = ReturnType<typeof openRecords>;

/** Begins sessions of an account as it was when its user was known: a change that came in between ends them. */
const createBegin =
  ({ clock, random, audited, accounts }: AccountsParts, { placeOf }: Records) =>
  async (account: AccountRecord, client: Client, how: string): Promise<SignedIn> => {
    const now = clock.now();
    const secret = newSecret(random);
    const kept = keptSecret(secret);
    const session = {
      ...{ ...kept, account: account.name, accountId: account.id, generation: account.generation },
      ...{ how, address: client.address, userAgent: client.userAgent?.slice(0, LONGEST_AGENT) ?? null },
      ...{ createdAt: now, lastUsedAt: now, endedAt: null },
    };
    const by = { actor: account.name, address: client.address };
    const detail = { session: kept.id, how };
    await audited.insert(placeOf(kept.id), session, {
      event: 'sign-in',
      by,
      subject: account.name,
      detail,
    });
    await accounts.compareAndSet({ name: account.name }, { id: account.id }, { lastSignInAt: now });
    return { session: secret, identity: { actor: account.name, role: account.role, sessionId: kept.id } };
  };

const createUse = (
  parts: AccountsParts,
  { records, bySecret, end }: Records,
): Pick<Accounts, 'bySession' | 'signOut'> => {
  const noteUse = async ({ id, lastUsedAt }: SessionRecord, now: number): Promise<void> => {
    if (now - lastUsedAt < Math.min(NOTED_EVERY, parts.sessionIdle / NOTED_IN_IDLE)) return;
    await records.compareAndSet({ id }, { lastUsedAt }, { lastUsedAt: now });
  };
  return {
    bySession: async (secret, by = 'user') => {
      const session = await bySecret(secret);
      const now = parts.clock.now();
      if (session === undefined || isOver(session, parts, now)) return undefined;
      const account = await parts.find(session.account);
      if (account === undefined || !isOf(account, session)) return undefined;
      if (by === 'user') await noteUse(session, now);
      return { actor: account.name, role: account.role, sessionId: session.id };
    },
    signOut: async (secret) => {
      const session = await bySecret(secret);
      if (session === undefined) return undefined;
      await end(session, 'sign-out', { actor: session.account });
      return pick(session, shown);
    },
  };
};

/** Those that have not ended. */
const createList =
  (parts: AccountsParts, { records }: Records) =>
  async ({ limit, after }: AccountPage): Promise<AccountSession[]> => {
    const now = parts.clock.now();
    const found: SessionRecord[] = [];
    for (let last = after; found.length < limit;) {
      const behind = last === undefined ? {} : { after: { id: last } };
      const page = await records.list({ where: { endedAt: null }, reverse: true, limit, ...behind });
      found.push(...page.filter((session) => !isOver(session, parts, now)));
      if (page.length < limit) break;
      last = page.at(-1)?.id;
    }
    return found.slice(0, limit).map((session) => pick(session, shown));
  };

/** Sessions, and what begins and ends them. */
export const createSessions = (parts: AccountsParts) => {
  const opened = openRecords(parts);
  const { records, end } = opened;
  const endAllOf = async (name: string, by: Author, because: string): Promise<void> => {
    for (const session of await records.list({ where: { account: name, endedAt: null } }))
      await end(session, 'session-ended', by, because);
  };
  return {
    begin: createBegin(parts, opened),
    ...createUse(parts, opened),
    endAllOf,
    sessions: {
      list: createList(parts, opened),
      revoke: async (id, by) => {
        const session = await records.get({ id });
        if (session === undefined) throw new SynergyError('NOT_FOUND', `no session has the id '${id}'`);
        if (session.endedAt === null) await end(session, 'session-ended', by);
      },
      revokeAllOf: async (name, by) => {
        await parts.get(name);
        await endAllOf(name, by, 'all of the account');
      },
    } satisfies AccountSessions,
  };
};

export type Sessions = ReturnType<typeof createSessions>;
