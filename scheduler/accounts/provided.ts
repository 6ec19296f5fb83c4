import { SynergyError } from '../../domain/errors.ts';
import type { AccountRecord } from '../../domain/accounts/record.ts';
import { PROVIDED } from './api.ts';
import type { Accounts, AccountUsers } from './api.ts';
import type { AccountsParts } from './parts.ts';
import type { Sessions } from './sessions.ts';

/** Who adds accounts, and gives them another role, by what a provider says of their users. */
const PROVIDER = { actor: 'openid' } as const;

/**
 * Signs in who was proved by a provider. The account is known by the provider's own id of the user, since a name may be
 * given to another user there; it is made at the first sign-in, and has the role that the provider says at each.
 */
export const createProvidedSignIn = (
  { accounts, find, get }: AccountsParts,
  { begin }: Sessions,
  users: AccountUsers,
): Accounts['signInProvided'] => {
  const known = async (subject: string): Promise<AccountRecord | undefined> => {
    const [account] = await accounts.list({ where: { subject, removed: false }, limit: 1 });
    return account;
  };
  return async ({ subject, name, role }, client) => {
    const by = { ...PROVIDER, address: client.address };
    const account = await known(subject);
    if (account !== undefined) {
      await users.setRole(account.name, role, by);
      return begin(await get(account.name), client, PROVIDED);
    }
    const other = await find(name);
    if (other !== undefined)
      throw new SynergyError(
        'CONFLICT',
        `there is an account '${name}' already, which is not that of this user of the provider: remove it with 'synergy user remove ${name}', or have the user renamed there`,
      );
    await users.add({ name, role, subject }, by);
    return begin(await get(name), client, PROVIDED);
  };
};
