import { isAtLeast } from '../../domain/accounts/role.ts';
import type { Role } from '../../domain/accounts/role.ts';
import { roleFor } from '../../domain/accounts/scope.ts';
import type { Scope } from '../../domain/accounts/scope.ts';
import { DAY, HOUR } from '../../domain/time/calendar.ts';
import type { AccountPrograms, Client, TokenPair } from './api.ts';
import type { AccountsParts } from './parts.ts';
import type { ProveByPassword } from './sign-in.ts';
import type { Tokens } from './tokens.ts';

/** How long the tokens of a pair are good, ms. */
const USED_FOR = HOUR;
const REFRESHED_FOR = 30 * DAY;

/** What programs do that have signed in; those that administer have tokens of their own made. */
const usedFor: readonly Scope[] = ['read', 'operate', 'account'];
const refreshedBy: readonly Scope[] = ['account'];

/** Programs that have signed in: each has a pair of tokens, which are told from others by their label. */
export const createPrograms = (
  { clock, random, find }: AccountsParts,
  prove: ProveByPassword,
  { tokens, byToken, recordOf, revokeLabeled }: Tokens,
): AccountPrograms => {
  const pairFor = async (
    account: { readonly name: string; readonly role: Role },
    client: Client,
  ): Promise<TokenPair> => {
    const label = `program ${random(8).toString('hex')}`;
    const by = { actor: account.name, address: client.address };
    const make = async (scopes: readonly Scope[], goodFor: number): Promise<string> => {
      const ofUse = scopes.filter((scope) => isAtLeast(account.role, roleFor[scope]));
      const given = { owner: account.name, label, scopes: ofUse, expiresAt: clock.now() + goodFor };
      return (await tokens.create(given, by)).token;
    };
    return { token: await make(usedFor, USED_FOR), refreshToken: await make(refreshedBy, REFRESHED_FOR) };
  };
  const isPaired = ({ label }: { readonly label: string }): boolean => /^program [0-9a-f]{16}$/.test(label);
  return {
    signIn: async (given, client) => {
      const found = await prove(given, client);
      return 'because' in found ? found : pairFor(found, client);
    },
    refresh: async (refreshToken, client) => {
      const identity = await byToken(refreshToken, client);
      const token = identity?.tokenId === undefined ? undefined : await recordOf(identity.tokenId);
      const account = token && (await find(token.account));
      const isGood = token !== undefined && isPaired(token) && token.scopes.join() === refreshedBy.join();
      if (account === undefined || !isGood) return { because: 'wrong' };
      // Of two that come at once with the same token, one has the next pair.
      const isOwn = await revokeLabeled(account.name, token.label, {
        ...{ actor: account.name, address: client.address },
      });
      return isOwn ? pairFor(account, client) : { because: 'wrong' };
    },
    signOut: async (tokenId, by) => {
      const token = await recordOf(tokenId);
      if (token === undefined) return;
      if (isPaired(token)) await revokeLabeled(token.account, token.label, by);
      else await tokens.revoke(tokenId, by);
    },
  };
};
