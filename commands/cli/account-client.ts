import type { Command } from 'commander';
import { openAccounts } from '../../boot/dashboard/accounts.ts';
import { withStore } from '../../boot/adapters.ts';
import { refuseUnfinishedCopy } from '../../db/copy-mark.ts';
import { userName } from '../../lib/os/user-name.ts';
import { askPassword, readPassword } from '../../lib/terminal/password.ts';
import { invitationPath } from '../../scheduler/accounts/api.ts';
import type { Accounts, Author } from '../../scheduler/accounts/api.ts';
import type { Settings } from '../../settings.ts';
import { settingsOf } from './setting-options.ts';

/** What commands about accounts act through: the store itself, whether a scheduler runs or not. */
export interface AccountClient {
  readonly accounts: Accounts;
  /** The user of the operating system. */
  readonly by: Author;
  readonly settings: Settings;
}

/** Opens the accounts for the length of `visit`. */
export const withAccounts = async (
  command: Command,
  visit: (client: AccountClient) => Promise<void>,
): Promise<void> => {
  const settings = await settingsOf(command);
  await withStore(settings, async (store) => {
    await refuseUnfinishedCopy(store);
    await visit({ accounts: openAccounts(store, settings), by: { actor: userName() }, settings });
  });
};

/** The password that a user gives, which is never an argument: those are for all users of the machine to see. */
export const givenPassword = (name: string, fromInput: true | undefined): Promise<string> =>
  fromInput ? readPassword() : askPassword(name);

/** Address where a one-time link is redeemed. */
const linkOf = ({ mxHost, mxPort, mxTlsCert, mxPublicUrl }: Settings, secret: string): string => {
  const host = mxHost.includes(':') ? `[${mxHost}]` : mxHost;
  const own = `${mxTlsCert === undefined ? 'http' : 'https'}://${host}:${mxPort === 0 ? '<port>' : mxPort}`;
  return `${(mxPublicUrl ?? own).replace(/\/$/, '')}${invitationPath(secret)}`;
};

/** Makes a one-time link for an account. */
export const invite = async ({ accounts, by, settings }: AccountClient, name: string): Promise<string> =>
  linkOf(settings, await accounts.invite(name, by));
