import assert from 'node:assert/strict';
import fc from 'fast-check';
import { accountSpec, auditSpec, sessionSpec } from '../../../db/account-collections.ts';
import type { Store } from '../../../db/store.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { roles } from '../../../domain/accounts/role.ts';
import type { Role } from '../../../domain/accounts/role.ts';
import type { Accounts } from '../../../scheduler/accounts/api.ts';
import { expireAccounts } from '../../../scheduler/accounts/expire-accounts.ts';
import { createMemory } from '../../../simulation/store/memory.ts';
import { DAY } from '../../../domain/time/calendar.ts';
import { memoryCollections } from '../../support/collections.ts';
import { manualClock } from '../../support/rig.ts';
import { NOW, accountsOf, by, client } from './accounts.ts';

type Collections = Pick<Store, 'collection'>;

const names = ['ann', 'ben', 'cyd'] as const;
const clock = manualClock(NOW);

/** Something that a user asks for. */
interface Asked {
  readonly name: (typeof names)[number];
  readonly what: 'remove' | 'invite' | 'sign-in' | Role;
}

const asked = fc.record<Asked>({
  name: fc.constantFrom(...names),
  what: fc.constantFrom('remove', 'invite', 'sign-in', ...roles),
});

const act = async (accounts: Accounts, { name, what }: Asked): Promise<unknown> => {
  if (what === 'remove') return accounts.users.remove(name, by);
  if (what === 'invite') return accounts.invite(name, by);
  if (what === 'sign-in') return accounts.signInAs(name, client, 'test');
  return accounts.users.setRole(name, what, by);
};

const codeOf = (error: unknown): string => (error as { code?: ErrorCode }).code ?? String(error);

/** Three accounts, of which the first `admins` are admins. */
const begun = async (memory: ReturnType<typeof createMemory>, admins: number): Promise<void> => {
  const accounts = accountsOf(memoryCollections(undefined, memory), clock);
  for (const [i, name] of names.entries())
    await accounts.users.add({ name, role: i < admins ? 'admin' : 'viewer' }, by);
};

const isAdmin = ({ role, removed }: { role: Role; removed: boolean }): boolean =>
  role === 'admin' && !removed;

/** Everything holds that has to, whatever was done. */
const assertSound = async (store: Collections): Promise<void> => {
  const accounts = await store.collection(accountSpec).list();
  assert.ok(accounts.some(isAdmin), 'an admin is left');
  const told = new Set((await store.collection(auditSpec).list()).map(({ id }) => id));
  const sessions = await store.collection(sessionSpec).list();
  for (const { audit } of [...accounts, ...sessions]) assert.ok(told.has(audit.id), `${audit.id} is told`);
};

describe('accounts that are changed at once', () => {
  it('keep an admin and tell of each change once, in whatever order the store is asked', () =>
    fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 3 }),
        fc.array(asked, { minLength: 2, maxLength: 5 }),
        async (order, admins, wishes) => {
          const memory = createMemory();
          await begun(memory, admins);
          const open = () =>
            accountsOf(
              memoryCollections((work) => order.schedule(Promise.resolve()).then(work), memory),
              clock,
            );
          const outcomes = await order.waitFor(Promise.allSettled(wishes.map((wish) => act(open(), wish))));
          const refused = outcomes.flatMap((outcome) =>
            outcome.status === 'rejected' ? [codeOf(outcome.reason)] : [],
          );
          assert.ok(
            refused.every((code) => ['CONFLICT', 'LAST_ADMIN', 'NOT_FOUND'].includes(code)),
            refused.join(),
          );
          const store = memoryCollections(undefined, memory);
          await assertSound(store);
          const rows = await store.collection(auditSpec).list();
          assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
          for (const [i, { name, what }] of wishes.entries()) {
            if (outcomes[i]?.status !== 'fulfilled' || what !== 'remove') continue;
            const of = rows.filter((row) => row.subject === name && row.event === 'account-removed');
            assert.equal(of.length, 1);
          }
        },
      ),
    ));

  it('are sound after a crash at any step, and can be changed again', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        asked,
        fc.nat(14),
        fc.boolean(),
        async (admins, wish, last, isDone) => {
          const memory = createMemory();
          await begun(memory, admins);
          const store = memoryCollections(undefined, memory);
          await accountsOf(store, clock).signInAs(wish.name, client, 'test');
          let calls = 0;
          const crash = Promise.reject(new Error('crashed'));
          crash.catch(() => undefined);
          const crashing = memoryCollections((work) => {
            const isLast = ++calls === last;
            const answer = calls < last || (isLast && isDone) ? Promise.resolve(work()) : crash;
            return isLast ? crash : answer;
          }, memory);
          await act(accountsOf(crashing, clock), wish).catch(codeOf);
          const limits = { sessionIdle: DAY, sessionLife: DAY };
          await expireAccounts({ store, clock, historyTtl: DAY, ...limits }, new AbortController().signal);
          await assertSound(store);
          const accounts = accountsOf(store, clock);
          const again = await act(accounts, wish).catch(codeOf);
          if (admins > 1 && again !== 'NOT_FOUND')
            assert.ok(typeof again !== 'string' || wish.what === 'invite', String(again));
          await assertSound(store);
        },
      ),
      { numRuns: 300 },
    ));
});
