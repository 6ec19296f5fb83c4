import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { openAccounts } from '../../boot/dashboard/accounts.ts';
import { openStore } from '../../db/registry.ts';
import { DAY, HOUR } from '../../domain/time/calendar.ts';
import { systemClock } from '../../lib/system-clock.ts';
import type { Accounts } from '../../scheduler/accounts/api.ts';
import { launcher, synergy, synergyOk } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const client = { address: '127.0.0.1' };
const password = 'a canary sang in the mine';

const settings = { sessionIdle: 12 * HOUR, sessionLife: 7 * DAY, historyTtlDays: 400 };

/** Runs the command with a text on its standard input. */
const piped = async (folder: string, text: string, ...argv: readonly string[]): Promise<Ended> => {
  const run = synergy(folder, ...argv);
  run.child.stdin?.end(text);
  return run.ended;
};

/** Runs the command on a terminal, and types each answer once its question is shown. */
const onTerminal = async (
  folder: string,
  argv: readonly string[],
  answers: readonly (readonly [question: string, keys: string])[],
): Promise<{ readonly code: number | null; readonly shown: string }> => {
  const line = [process.execPath, launcher, ...argv].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: folder });
  const waiting = [...answers];
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    const [next] = waiting;
    if (next === undefined || !shown.includes(next[0])) return;
    waiting.shift();
    terminal.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => terminal.once('close', resolve));
  return { code, shown };
};

describe('accounts on the command line', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
  });

  /** Looks at the accounts as the dashboard does. */
  const withAccounts = async <T>(visit: (accounts: Accounts) => Promise<T>): Promise<T> => {
    const dataDir = join(folder, 'synergy-data');
    const store = await openStore('embedded', { dataDir, clock: systemClock });
    return visit(openAccounts(store, settings)).finally(() => store.close());
  };
  const signIn = (name: string, given = password) =>
    withAccounts((accounts) => accounts.signIn({ name, password: given }, client));
  const json = async <T>(...argv: readonly string[]): Promise<T> =>
    JSON.parse(await synergyOk(folder, ...argv, '--json')) as T;
  const refused = async (pattern: RegExp, ...argv: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await synergy(folder, ...argv).ended;
    assert.match(stderr, pattern);
    assert.equal(stderr.trim().split('\n').length, 1, 'one line');
    assert.deepEqual([code, stdout], [1, '']);
  };
  const secretOf = (text: string): string => /\/invitation\/([\w-]{43})$/m.exec(text)?.[1] ?? '';

  it('are added with a one-time link, by which the user sets the password', async () => {
    await refused(
      /^synergy: role 'viewer': expected admin for the first/,
      'user',
      'add',
      'ben',
      '--role',
      'viewer',
    );
    const added = await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin', '--mx-port', '8080');
    assert.match(added, /^added ann, admin\nits user .*\nhttp:\/\/127\.0\.0\.1:8080\/invitation\/[\w-]{43}$/);
    const { link } = await json<{ link: string }>(
      ...['user', 'passwd', 'ann', '--link', '--mx-proxy', '127.0.0.1'],
      ...['--mx-public-url', 'https://synergy.example.com/jobs/'],
    );
    assert.match(link, /^https:\/\/synergy\.example\.com\/jobs\/invitation\/[\w-]{43}$/);
    await withAccounts(async (accounts) => {
      assert.deepEqual(
        await accounts.redeem(secretOf(added), password, client),
        { because: 'wrong' },
        'replaced',
      );
      assert.ok('session' in (await accounts.redeem(secretOf(link), password, client)));
    });
    assert.ok('session' in (await signIn('ann')));
  });

  it('get their passwords from standard input', async () => {
    await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin');
    const add = ['user', 'add', 'ben', '--role', 'viewer', '--password-stdin'];
    for (const [text, message] of [
      ['', /^synergy: expected the password on standard input, in one line$/m],
      ['one line\nand another\n', /^synergy: expected the password on standard input, in one line$/m],
      ['short\n', /^synergy: the password is not fit: expected 12 to 256 characters/m],
      ['x'.repeat(5000), /^synergy: what is piped in as the password is longer than 4096 bytes/m],
    ] as const) {
      const { code, stderr, stdout } = await piped(folder, text, ...add);
      assert.match(stderr, message);
      assert.ok(!stderr.includes('short\n'));
      assert.deepEqual([code, stdout], [1, '']);
    }
    assert.equal((await piped(folder, `${password}\r\n`, ...add)).stdout, 'added ben, viewer');
    assert.ok('session' in (await signIn('ben')));
    const session = await signIn('ben');
    const set = await piped(
      folder,
      'quite another one',
      'user',
      'passwd',
      'ben',
      '--password-stdin',
      '--json',
    );
    assert.deepEqual(JSON.parse(set.stdout), { name: 'ben', role: 'viewer' });
    assert.ok('session' in (await signIn('ben', 'quite another one')));
    assert.deepEqual(await signIn('ben'), { because: 'wrong' });
    const secret = 'session' in session ? session.session : '';
    assert.equal(await withAccounts((accounts) => accounts.bySession(secret)), undefined);
  });

  it('get their passwords on a terminal, which does not show them', async () => {
    const ask = ['user', 'add', 'ann', '--role', 'admin', '--ask'];
    await refused(
      /there is no terminal to ask for the password on: pipe it in with --password-stdin/,
      ...ask,
    );
    const first = ['password of ann: ', `${password}\r`] as const;
    const typo = await onTerminal(folder, ask, [first, ['the same again: ', 'a canary song\r']]);
    assert.match(typo.shown, /the two passwords are not the same: nothing was done, begin again/);
    assert.equal(typo.code, 1);
    const { code, shown } = await onTerminal(folder, ask, [first, ['the same again: ', `${password}\r`]]);
    assert.match(shown, /added ann, admin/);
    assert.equal(code, 0);
    for (const text of [typo.shown, shown]) assert.ok(!text.includes('canary'), text);
    assert.ok('session' in (await signIn('ann')));
    for (const [keys, wanted] of [
      ['\x03', 130],
      ['\x04', 1],
    ] as const) {
      const broken = await onTerminal(folder, ['user', 'passwd', 'ann'], [['password of ann: ', keys]]);
      assert.match(broken.shown, /not done\r?\n/);
      assert.equal(broken.code, wanted);
    }
  });

  it('are listed, changed and removed', async () => {
    for (const [name, role] of [
      ['ann', 'admin'],
      ['cyd', 'viewer'],
      ['ben', 'operator'],
    ] as const)
      await synergyOk(folder, 'user', 'add', name, '--role', role);
    const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
    assert.deepEqual(names(await json('user', 'list')), ['ann', 'ben', 'cyd']);
    assert.deepEqual(names(await json('user', 'list', '--limit', '1', '--after', 'ann')), ['ben']);
    const page = await synergyOk(folder, 'user', 'list', '--limit', '2');
    assert.match(page, /│ ann +│ admin +│ by link until .*│ - +│/);
    assert.match(page, /there are more: the same with --after 'ben' goes on behind these/);
    assert.equal(await synergyOk(folder, 'user', 'role', 'ben', 'admin'), 'ben is admin');
    assert.deepEqual(await json('user', 'remove', 'ann'), { name: 'ann', role: 'admin' });
    await refused(
      /^synergy: 'ben' is the only admin: make another account an admin first/,
      'user',
      'remove',
      'ben',
    );
    await refused(/^synergy: no account is named 'ann': see 'synergy user list'$/m, 'user', 'remove', 'ann');
    await refused(/^synergy: there is an account 'cyd' already/, 'user', 'add', 'cyd', '--role', 'admin');
    const rows = await withAccounts((accounts) => accounts.audit.list({ limit: 3 }));
    const { username } = userInfo();
    assert.deepEqual(
      rows.map(({ actor, event, subject, address }) => [actor, event, subject, address]),
      [
        [username, 'account-removed', 'ann', null],
        [username, 'role-set', 'ben', null],
        [username, 'invited', 'ben', null],
      ],
      'told with the user of the system; what was refused is not',
    );
  });

  it('show who is signed in and what became of accounts, and sign users out', async () => {
    await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin');
    assert.equal(await synergyOk(folder, 'user', 'sessions'), 'no user has signed in');
    await piped(folder, password, 'user', 'passwd', 'ann', '--password-stdin');
    await signIn('ann', 'a wrong password');
    const secrets = [await signIn('ann'), await signIn('ann')].map((answer) =>
      'session' in answer ? answer.session : '',
    );
    const sessions = await json<{ id: string; account: string }[]>('user', 'sessions');
    assert.deepEqual(
      sessions.map(({ account }) => account),
      ['ann', 'ann'],
    );
    const [newest, oldest] = sessions.map(({ id }) => id);
    assert.deepEqual(
      (await json<{ id: string }[]>('user', 'sessions', '--after', newest ?? '')).map(({ id }) => id),
      [oldest],
    );
    assert.match(
      await synergyOk(folder, 'user', 'sessions'),
      /│ ann +│ \d{4}-.*│ password │ .*│ 127\.0\.0\.1 +│/,
    );
    assert.equal(await synergyOk(folder, 'user', 'sign-out', 'ann'), 'signed ann out everywhere');
    assert.deepEqual(await json('user', 'sessions'), []);
    for (const secret of secrets)
      assert.equal(await withAccounts((accounts) => accounts.bySession(secret)), undefined);
    await refused(/no account is named 'ben'/, 'user', 'sign-out', 'ben');
    const events = (await json<{ event: string }[]>('user', 'audit')).map(({ event }) => event);
    assert.deepEqual(events, [
      ...['session-ended', 'session-ended', 'sign-in', 'sign-in', 'sign-in-failed', 'password-set'],
      ...['invited', 'account-added'],
    ]);
    const { username } = userInfo();
    const audit = await synergyOk(folder, 'user', 'audit', '--limit', '1');
    assert.match(audit, new RegExp(`│ ${username} +│ - +│ session-ended +│ ann +│ .*all of the account`));
    assert.match(audit, /there are more: the same with --after '.*' goes on behind these/);
  });

  it('have tokens, which are shown once', async () => {
    await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin');
    const created = await synergyOk(
      folder,
      'token',
      'create',
      'ann',
      'nightly report',
      '--scope',
      'read',
      'work',
    );
    const [, id = '', token = ''] = /^token ([0-9a-f]{20}) of ann; .*:\n(syn_[\w-]{43})$/.exec(created) ?? [];
    const byToken = (given: string) => withAccounts((accounts) => accounts.byToken(given, client));
    assert.deepEqual((await byToken(token))?.scopes, ['read', 'work']);
    const other = await json<{ token: string; expiresAt: number }>(
      ...['token', 'create', 'ann', 'b', '--scope', 'admin', '--expires-in', '90d'],
    );
    assert.ok(Math.abs(other.expiresAt - systemClock.now() - 90 * DAY) < HOUR);
    const list = await synergyOk(folder, 'token', 'list');
    assert.match(list, /│ ann +│ nightly report +│ read work +│ until revoked +│ \d{4}-.*│ 127\.0\.0\.1 +│/);
    const all = list + JSON.stringify(await json('token', 'list'));
    for (const secret of [token, other.token]) assert.ok(!all.includes(secret.slice(4)));
    assert.equal(await synergyOk(folder, 'token', 'revoke', id), `revoked ${id}`);
    assert.equal(await byToken(token), undefined);
    assert.match(await synergyOk(folder, 'token', 'list'), /revoked \d{4}-/);
    await refused(/no token has the id 'x'/, 'token', 'revoke', 'x');
    await refused(/no account is named 'ben'/, 'token', 'create', 'ben', 'x', '--scope', 'read');
    const { code, stderr } = await synergy(folder, 'token', 'create', 'ann', 'x', '--scope', 'all').ended;
    assert.match(stderr, /Allowed choices are read, operate, admin, work/);
    assert.equal(code, 2);
  });

  it('change beside a running scheduler, and leave no secret in its files', async () => {
    await synergyOk(folder, 'start', '--demo', '--daemon', '--mx-port', '0');
    const secrets: string[] = [];
    try {
      secrets.push(secretOf(await synergyOk(folder, 'user', 'add', 'ann', '--role', 'admin')));
      const set = await piped(folder, `${password}\n`, 'user', 'passwd', 'ann', '--password-stdin');
      assert.equal(set.stdout, 'set the password of ann, and ended its sessions');
      const { token } = await json<{ token: string }>('token', 'create', 'ann', 'ci', '--scope', 'read');
      secrets.push(token);
      const session = await signIn('ann');
      assert.ok('session' in session);
      secrets.push(session.session);
      await signIn('ann', 'a canary that is wrong');
      await signIn('canary-in-the-name-field');
    } finally {
      await synergyOk(folder, 'stop');
    }
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    assert.ok(files.length > 5);
    for (const { parentPath, name } of files) {
      const text = readFileSync(join(parentPath, name), 'latin1');
      for (const secret of [...secrets, 'canary']) assert.ok(!text.includes(secret), `${secret} in ${name}`);
      assert.ok(secrets.every((secret) => secret.length >= 43));
    }
    assert.equal((await json<unknown[]>('user', 'list')).length, 1);
    assert.match(await synergyOk(folder, 'db', 'check'), /^sound$/m);
  });
});
