import assert from 'node:assert/strict';
import { accountSpec, apiTokenSpec, auditSpec, sessionSpec } from '../../../db/account-collections.ts';
import { openStore } from '../../../db/registry.ts';
import type { Store } from '../../../db/store.ts';
import { DAY, HOUR } from '../../../domain/time/calendar.ts';
import type { Accounts } from '../../../scheduler/accounts/api.ts';
import { expireAccounts } from '../../../scheduler/accounts/expire-accounts.ts';
import { manualClock } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { NOW, PASSWORD, accountsOf, by, client, signedIn } from './accounts.ts';

const limits = { sessionIdle: 12 * HOUR, sessionLife: 7 * DAY };

describe('what is out of date of accounts', () => {
  const clock = manualClock(NOW);
  let store: Store;
  let accounts: Accounts;
  beforeEach(async () => {
    clock.set(NOW);
    store = await openStore('embedded', { dataDir: tempFolder(), clock });
    accounts = accountsOf(store, clock);
    await accounts.users.add({ name: 'ann', role: 'admin', password: PASSWORD }, by);
  });
  afterEach(() => store.close());

  const expire = (historyTtl = 400 * DAY, stopping = new AbortController().signal) =>
    expireAccounts({ store, clock, historyTtl, ...limits }, stopping);
  const begin = async () => signedIn(await accounts.signInAs('ann', client, 'test')).session;

  it('is deleted: sessions that have ended, in whatever way', async () => {
    const out = await begin();
    await begin();
    clock.advance(limits.sessionIdle);
    const good = await begin();
    await accounts.signOut(out);
    assert.deepEqual(await expire(), { sessions: 2, tokens: 0, audit: 0 });
    assert.equal((await store.collection(sessionSpec).list()).length, 1);
    assert.ok(await accounts.bySession(good));
    clock.advance(limits.sessionIdle - 1);
    assert.deepEqual(await expire(), { sessions: 0, tokens: 0, audit: 0 });
    clock.advance(1);
    assert.deepEqual(await expire(), { sessions: 1, tokens: 0, audit: 0 });
  });

  it('is deleted: tokens that ended 30 days ago', async () => {
    const create = (expiresAt?: number) =>
      accounts.tokens.create(
        { owner: 'ann', label: 'ci', scopes: ['read'], ...(expiresAt !== undefined && { expiresAt }) },
        by,
      );
    await create(NOW + DAY);
    await accounts.tokens.revoke((await create()).id, by);
    const { token } = await create();
    clock.advance(30 * DAY);
    assert.deepEqual(await expire(), { sessions: 0, tokens: 0, audit: 0 });
    clock.advance(1);
    assert.deepEqual(await expire(), { sessions: 0, tokens: 1, audit: 0 });
    clock.advance(DAY);
    assert.deepEqual(await expire(), { sessions: 0, tokens: 1, audit: 0 });
    assert.equal((await store.collection(apiTokenSpec).list()).length, 1);
    assert.ok(await accounts.byToken(token, client));
  });

  it('is deleted: rows of the audit that are older than history is kept, also many of them', async () => {
    for (let i = 0; i < 250; i++)
      await accounts.redeem('', PASSWORD, { address: `2001:db8:0:${i.toString(16)}::1` });
    clock.advance(DAY);
    await begin();
    const old = (await store.collection(auditSpec).list()).length - 1;
    assert.equal(old, 251);
    assert.deepEqual(await expire(DAY), { sessions: 0, tokens: 0, audit: 0 });
    clock.advance(1);
    assert.deepEqual(await expire(DAY), { sessions: 0, tokens: 0, audit: old });
    assert.deepEqual(
      (await store.collection(auditSpec).list()).map(({ event }) => event),
      ['sign-in'],
    );
    assert.deepEqual(await expire(DAY), { sessions: 0, tokens: 0, audit: 0 });
    assert.equal(
      (await store.collection(auditSpec).list()).length,
      1,
      'what is deleted is not put there anew',
    );
  });

  it('is told first where a crash cut the audit off', async () => {
    await begin();
    const { id } = await accounts.tokens.create({ owner: 'ann', label: 'ci', scopes: ['read'] }, by);
    const rows = await store.collection(auditSpec).list();
    for (const row of rows) await store.collection(auditSpec).remove(row);
    clock.advance(limits.sessionLife);
    assert.deepEqual(await expire(), { sessions: 1, tokens: 0, audit: 0 });
    const told = await store.collection(auditSpec).list();
    assert.deepEqual(told, rows);
    assert.equal(told.at(-1)?.detail['token'], id);
  });

  it('waits while the scheduler stops', async () => {
    await begin();
    clock.advance(limits.sessionLife);
    assert.deepEqual(await expire(DAY, AbortSignal.abort()), { sessions: 0, tokens: 0, audit: 0 });
    assert.equal((await store.collection(accountSpec).list()).length, 1);
  });
});
