import type { ApiTokenRecord } from '../../domain/accounts/record.ts';
import { isAtLeast } from '../../domain/accounts/role.ts';
import type { Role } from '../../domain/accounts/role.ts';
import { roleFor, scopes } from '../../domain/accounts/scope.ts';
import { SynergyError } from '../../domain/errors.ts';
import { pick } from '../../lib/pick.ts';
import { apiTokenSpec } from '../../db/account-collections.ts';
import type { AccountTokens, Accounts, Author, Client, NewToken, Refused } from './api.ts';
import { createTokenBook } from './failure-book.ts';
import type { AccountsParts } from './parts.ts';
import { isToken, keptSecret, newToken } from './secret.ts';

/** The last use is noted so often, ms. */
const NOTED_EVERY = 60_000;

const refuse = (message: string): SynergyError => new SynergyError('INVALID_ARGUMENT', message);

const shown = [
  ...(['id', 'account', 'label', 'scopes', 'createdAt', 'createdBy'] as const),
  ...(['expiresAt', 'lastUsedAt', 'lastAddress', 'revokedAt'] as const),
] as const;

const checkToken = ({ owner, label, scopes: given, expiresAt }: NewToken, role: Role, now: number): void => {
  if (!/^[^\p{C}\s](?:[^\p{C}]{0,98}[^\p{C}\s])?$/u.test(label))
    throw refuse(
      `label '${label}': expected 1 to 100 characters on one line that tell what the token is for`,
    );
  const unknown = given.find((scope) => !scopes.includes(scope));
  if (unknown !== undefined || given.length === 0)
    throw refuse(
      `${unknown === undefined ? 'no scope' : `scope '${unknown}'`}: expected one or more of ${scopes.join(', ')}`,
    );
  const idle = given.find((scope) => !isAtLeast(role, roleFor[scope]));
  if (idle !== undefined)
    throw refuse(
      `scope '${idle}' is of no use to '${owner}', who is ${role}: it needs the role ${roleFor[idle]}, leave it out or set the role first`,
    );
  if (expiresAt !== undefined && !(expiresAt > now))
    throw refuse('a token that has expired already: expected an instant to come');
};

/** The records of API tokens. */
const openRecords = ({ store, clock, audited }: AccountsParts) => {
  const records = store.collection(apiTokenSpec);
  const placeOf = (id: string) => ({ collection: records, key: { id }, name: `token ${id}` });
  return {
    records,
    placeOf,
    /** False when it was changed meanwhile. */
    revoke: async (token: ApiTokenRecord, by: Author): Promise<boolean> => {
      const told = {
        event: 'token-revoked',
        by,
        subject: token.account,
        detail: { token: token.id },
      } as const;
      const set = { revokedAt: clock.now() };
      return (await audited.change(placeOf(token.id), token, { set, told })) !== undefined;
    },
  };
};

type Records = ReturnType<typeof openRecords>;

const createUse = ({ clock, find }: AccountsParts, { records }: Records): Accounts['byToken'] => {
  const noteUse = async ({ id, lastUsedAt }: ApiTokenRecord, now: number, address: string): Promise<void> => {
    if (lastUsedAt !== null && now - lastUsedAt < NOTED_EVERY) return;
    await records.compareAndSet({ id }, { lastUsedAt }, { lastUsedAt: now, lastAddress: address });
  };
  const isGood = ({ revokedAt, expiresAt }: ApiTokenRecord, now: number): boolean =>
    revokedAt === null && (expiresAt === null || expiresAt > now);
  return async (given, { address }) => {
    if (!isToken(given)) return undefined;
    const { id, hash } = keptSecret(given);
    const token = await records.get({ id });
    const now = clock.now();
    if (token?.hash !== hash || !isGood(token, now)) return undefined;
    const account = await find(token.account);
    if (account?.id !== token.accountId) return undefined;
    await noteUse(token, now, address);
    return { actor: account.name, role: account.role, scopes: token.scopes, tokenId: id };
  };
};

const createCreate =
  ({ clock, random, audited, get }: AccountsParts, { placeOf }: Records): AccountTokens['create'] =>
  async (given, by) => {
    const { name, id: accountId, role } = await get(given.owner);
    const now = clock.now();
    checkToken(given, role, now);
    const token = newToken(random);
    const kept = keptSecret(token);
    const { label, expiresAt = null } = given;
    const own = { label, scopes: [...new Set(given.scopes)], expiresAt };
    const record = {
      ...{ ...kept, account: name, accountId, ...own, createdAt: now, createdBy: by.actor },
      ...{ lastUsedAt: null, lastAddress: null, revokedAt: null },
    };
    const detail = { token: kept.id, ...own };
    await audited.insert(placeOf(kept.id), record, { event: 'token-created', by, subject: name, detail });
    return { id: kept.id, token };
  };

/** API tokens. */
export const createTokens = (parts: AccountsParts) => {
  const opened = openRecords(parts);
  const { records, revoke } = opened;
  const book = createTokenBook();
  return {
    byToken: createUse(parts, opened),
    refuseToken: ({ address }: Client): Refused => {
      const retryAfter = book.refuse(address, parts.clock.now());
      return retryAfter > 0 ? { because: 'locked', retryAfter } : { because: 'wrong' };
    },
    recordOf: (id: string): Promise<ApiTokenRecord | undefined> => records.get({ id }),
    /** Revokes those of an account that are labeled so; false when another has revoked one of them meanwhile. */
    revokeLabeled: async (account: string, label: string, by: Author): Promise<boolean> => {
      const good = await records.list({ where: { account, revokedAt: null } });
      const labeled = good.filter((token) => token.label === label);
      const revoked = await Promise.all(labeled.map((token) => revoke(token, by)));
      return revoked.every((isDone) => isDone);
    },
    revokeAllOf: async (name: string, by: Author): Promise<void> => {
      for (const token of await records.list({ where: { account: name, revokedAt: null } }))
        await revoke(token, by);
    },
    tokens: {
      list: async ({ limit, after }) => {
        const behind = after === undefined ? {} : { after: { id: after } };
        return (await records.list({ reverse: true, limit, ...behind })).map((token) => pick(token, shown));
      },
      create: createCreate(parts, opened),
      revoke: async (id, by) => {
        const token = await records.get({ id });
        if (token === undefined)
          throw new SynergyError('NOT_FOUND', `no token has the id '${id}': see 'synergy token list'`);
        if (token.revokedAt === null) await revoke(token, by);
      },
    } satisfies AccountTokens,
  };
};

export type Tokens = ReturnType<typeof createTokens>;
