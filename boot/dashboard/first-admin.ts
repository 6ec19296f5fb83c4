import { isExposed } from '../../mx/access/exposure.ts';
import type { Exposure } from '../../mx/access/exposure.ts';
import { invitationPath } from '../../scheduler/accounts/api.ts';
import type { Accounts } from '../../scheduler/accounts/api.ts';

const NAME = 'admin';

/**
 * Where others reach the dashboard there has to be an account from the first start on: makes one, without a password, and
 * returns the one-time link by which its user sets one; another link as long as that was not done. Undefined when it was.
 */
export const firstAdmin = async (
  accounts: Accounts,
  exposure: Exposure,
): Promise<{ readonly name: string; readonly link: string } | undefined> => {
  const { publicUrl } = exposure;
  if (!isExposed(exposure) || publicUrl === undefined) return undefined;
  const by = { actor: 'scheduler' };
  const [first, second] = await accounts.users.list({ limit: 2 });
  if (first === undefined) await accounts.users.add({ name: NAME, role: 'admin' }, by);
  else {
    const isWaiting = first.name === NAME && !first.hasPassword && first.lastSignInAt === null;
    if (second !== undefined || !isWaiting) return undefined;
  }
  const secret = await accounts.invite(NAME, by);
  return { name: NAME, link: `${publicUrl.replace(/\/$/, '')}${invitationPath(secret)}` };
};
