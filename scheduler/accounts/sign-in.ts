import { isAccountName } from '../../domain/accounts/account-name.ts';
import type { AccountRecord } from '../../domain/accounts/record.ts';
import { DAY } from '../../domain/time/calendar.ts';
import { checkPassword } from './account-changes.ts';
import type { AccountChanges } from './account-changes.ts';
import type { Accounts, Client, Refused } from './api.ts';
import { createFailureBook } from './failure-book.ts';
import type { Try } from './failure-book.ts';
import type { AccountsParts } from './parts.ts';
import { isSecret, keptSecret, newSecret } from './secret.ts';
import type { Sessions } from './sessions.ts';

/** A one-time link is good for so long, ms. */
const INVITED_FOR = DAY;
/** When too many sign in at once, the next try makes sense after so long, ms. */
const BUSY_FOR = 1000;

/** Holds up those who fail again and again, and has the audit tell of failures that were looked at. */
const createGate = ({ clock, random, audited }: AccountsParts) => {
  const failures = createFailureBook();
  return {
    /** Counts a try, which is to be looked at unless it is refused. */
    enter: (tried: Try): Refused | undefined => {
      const retryAfter = failures.lockedFor(tried, clock.now());
      if (retryAfter > 0) return { because: 'locked', retryAfter };
      failures.begin(tried, clock.now());
      return undefined;
    },
    succeed: failures.succeed,
    takeBack: failures.takeBack,
    /** `subject`: the account that there is. What else was given as a name may be a password: it is not told. */
    refuse: async (tried: Try, how: string, subject: string | null): Promise<Refused> => {
      const lockedFor = failures.lockedFor(tried, clock.now());
      await audited.note(`failure ${random(16).toString('hex')}`, {
        event: 'sign-in-failed',
        by: { actor: 'anonymous', address: tried.address },
        subject,
        detail: { how, ...(lockedFor > 0 && { lockedFor }) },
      });
      return { because: 'wrong', ...(lockedFor > 0 && { retryAfter: lockedFor }) };
    },
  };
};

type Gate = ReturnType<typeof createGate>;

/** Finds the account that a name and a password are of. */
export type ProveByPassword = (
  given: Parameters<Accounts['signIn']>[0],
  client: Client,
) => Promise<AccountRecord | Refused>;

const createProveByPassword = (parts: AccountsParts, gate: Gate): ProveByPassword => {
  const { accounts, hashes, find } = parts;
  const rehash = async ({ name, version }: AccountRecord, password: string): Promise<void> => {
    await accounts.compareAndSet({ name }, { version }, { password: await hashes.hash(password) });
  };
  return async ({ name, password }, client) => {
    const isName = isAccountName(name);
    const account = isName ? await find(name) : undefined;
    const tried = { address: client.address, account: isName ? name : undefined };
    const refused = gate.enter(tried);
    if (refused !== undefined) return refused;
    const comparison = await hashes.compare(account?.password ?? null, password);
    if (comparison === 'busy') {
      gate.takeBack(tried);
      return { because: 'locked', retryAfter: BUSY_FOR };
    }
    if (account === undefined || comparison === 'wrong')
      return gate.refuse(tried, 'password', account?.name ?? null);
    gate.succeed(tried);
    if (comparison === 'outdated') await rehash(account, password);
    return account;
  };
};

const createInvitations = (
  { clock, random, accounts, get }: AccountsParts,
  { change, changeAndEndSessions, withPassword }: AccountChanges,
  { sessions, gate }: { readonly sessions: Sessions; readonly gate: Gate },
): Pick<Accounts, 'invite' | 'redeem'> => {
  const how = 'one-time link';
  const invited = async (secret: string): Promise<AccountRecord | undefined> => {
    if (!isSecret(secret)) return undefined;
    const [account] = await accounts.list({ where: { invitation: keptSecret(secret).hash }, limit: 1 });
    return (account?.invitedUntil ?? 0) > clock.now() ? account : undefined;
  };
  return {
    invite: async (name, by) => {
      const secret = newSecret(random);
      const set = { invitation: keptSecret(secret).hash, invitedUntil: clock.now() + INVITED_FOR };
      await change(await get(name), set, { event: 'invited', by });
      return secret;
    },
    redeem: async (secret, password, client) => {
      const account = await invited(secret);
      // A right one is not held up, since it cannot be guessed: it helps where a password is held up.
      const tried = { address: client.address, account: undefined };
      if (account === undefined) return gate.enter(tried) ?? gate.refuse(tried, how, null);
      checkPassword(password, account.name);
      const by = { actor: account.name, address: client.address };
      const told = { event: 'password-set', by, detail: { how } } as const;
      const changed = await changeAndEndSessions(account, await withPassword(password), told);
      return sessions.begin(changed, client, how);
    },
  };
};

/** How users show that an account is theirs. */
export const createSignIn = (
  parts: AccountsParts,
  changes: AccountChanges,
  sessions: Sessions,
): Pick<Accounts, 'signIn' | 'signInAs' | 'invite' | 'redeem'> & { readonly prove: ProveByPassword } => {
  const gate = createGate(parts);
  const prove = createProveByPassword(parts, gate);
  return {
    prove,
    signIn: async (given, client) => {
      const found = await prove(given, client);
      return 'because' in found ? found : sessions.begin(found, client, 'password');
    },
    signInAs: async (name, client, how) => sessions.begin(await parts.get(name), client, how),
    ...createInvitations(parts, changes, { sessions, gate }),
  };
};
