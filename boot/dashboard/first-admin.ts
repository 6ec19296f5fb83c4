import { isExposed } from '../../mx/access/exposure.ts';
import type { Exposure } from '../../mx/access/exposure.ts';
import { invitationPath } from '../../scheduler/accounts/api.ts';
import type { Accounts } from '../../scheduler/accounts/api.ts';
import type { FirstAdmin } from '../run-event.ts';

const NAME = 'admin';

/**
 * Where others reach the dashboard there has to be an account from the first start on: makes one, without a password, and
 * returns the one-time link by which its user sets one; another link once that is out of date, and none while it is good.
 * Undefined when the password was set.
 */
export const firstAdmin = async (
  accounts: Accounts,
  exposure: Exposure,
  now: number,
): Promise<FirstAdmin | undefined> => {
  const { publicUrl } = exposure;
  if (!isExposed(exposure) || publicUrl === undefined) return undefined;
  const by = { actor: 'scheduler' };
  const [first, second] = await accounts.users.list({ limit: 2 });
  if (first === undefined) await accounts.users.add({ name: NAME, role: 'admin' }, by);
  else {
    const isWaiting = first.name === NAME && !first.hasPassword && first.lastSignInAt === null;
    if (second !== undefined || !isWaiting) return undefined;
    if (first.invitedUntil !== null && first.invitedUntil > now) return { name: NAME };
  }
  const secret = await accounts.invite(NAME, by);
  return { name: NAME, link: `${publicUrl.replace(/\/$/, '')}${invitationPath(secret)}` };
};
