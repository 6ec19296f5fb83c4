import assert from 'node:assert/strict';
import { request } from 'node:http';
import { roles } from '../../../domain/accounts/role.ts';
import type { Role } from '../../../domain/accounts/role.ts';
import { scopes } from '../../../domain/accounts/scope.ts';
import { policy } from '../../../mx/access/policy.ts';
import type { Demand } from '../../../mx/access/policy.ts';
import { commandKinds, commandTable } from '../../../scheduler/commands/command-table.ts';
import { form, json } from '../support/ask.ts';
import type { Question } from '../support/ask.ts';
import { serveGuarded, withHeader } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';

/** What stands for the parts of a path that vary. */
const samples: Readonly<Record<string, string>> = {
  owner: 'local',
  name: 'billing',
  tree: 'site',
  process: 'SiteHourly',
  processName: 'SessionCollector',
  entryName: 'open',
  entry: 'open',
  timeperiod: '2015053122',
  id: 'SiteHourly%2F2015053122%231',
  kind: 'reprocess',
  secret: 'x'.repeat(43),
};

interface Row {
  readonly name: string;
  readonly need: Demand | 'public';
  readonly path: string;
  /** As JSON, so that a refusal tells its code, with a body that no route takes. */
  readonly question: Question;
}

const rows: readonly Row[] = Object.entries(policy).flatMap(([name, need]) => {
  const [method = '', pattern = ''] = name.split(' ');
  if (method === 'command') return [];
  const path = pattern
    .replace('{*file}', 'app.css')
    .replace(/:(\w+)/g, (_, part: string) => samples[part] ?? assert.fail(`no sample for :${part}`));
  const sent = path.startsWith('/api/') ? json({ unknown: 1 }) : form({ unknown: '1' });
  const question = method === 'POST' || method === 'PATCH' ? { ...sent, method } : { method };
  return [{ name, need, path, question: withHeader(question, 'Accept', 'application/json') }];
});

/** Status and code of an answer; one that goes on, as a stream does, is not read. */
const statusOf = (url: URL, { method = 'GET', headers = {}, body }: Question): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      if (status !== 401 && status !== 403) {
        sent.destroy();
        return resolve(String(status));
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { code } = JSON.parse(Buffer.concat(chunks).toString()) as { code: string };
        resolve(`${status} ${code}`);
      });
    });
    sent.on('error', (error) => (sent.destroyed ? undefined : reject(error)));
    sent.end(body);
  });

const UNAUTHENTICATED = '401 UNAUTHENTICATED';
const FORBIDDEN = '403 FORBIDDEN';
/** In place of the first one, where too many bad tokens came from the address: good ones of it are taken all the same. */
const isHeldUp = (given: string): boolean => given.startsWith('429');

const bearer = (token: string): readonly [string, string] => ['Authorization', `Bearer ${token}`];

describe('every route of the policy table', function () {
  this.timeout(120_000);
  let guarded: Guarded;
  const cookies = new Map<Role, string>();
  const tokens = new Map<string, string>();
  let bad: Readonly<Record<string, readonly [string, string]>>;

  const tell = (row: Row, header?: readonly [string, string]): Promise<string> =>
    statusOf(
      new URL(row.path, guarded.mx.url),
      header === undefined ? row.question : withHeader(row.question, ...header),
    );

  before(async () => {
    guarded = await serveGuarded({ hasTriggers: true, hasMetronome: true });
    for (const role of roles.toReversed()) {
      // Tokens of scopes that are of no use to their account are left over where its role was lowered.
      await guarded.addUser('admin', role);
      for (const scope of scopes)
        tokens.set(`${role} ${scope}`, (await guarded.addToken(role, [scope])).token);
      await guarded.accounts.users.setRole(role, role, { actor: 'admin' });
      cookies.set(role, await guarded.signIn(role));
    }
    const [expired, revoked] = [
      await guarded.addToken('admin', scopes, guarded.rig.clock.now() + 1000),
      await guarded.addToken('admin', scopes),
    ];
    const ended = await guarded.signIn('admin');
    await guarded.ask('/logout', withHeader(form({}), 'Cookie', ended));
    const [name = ''] = ended.split('=');
    guarded.rig.clock.advance(2000);
    await guarded.accounts.tokens.revoke(revoked.id, { actor: 'admin' });
    bad = {
      'a wrong token': bearer(`syn_${'A'.repeat(43)}`),
      'what is no token': bearer('hunter2'),
      'a password': ['Authorization', `Basic ${Buffer.from('admin:x').toString('base64')}`],
      'an expired token': bearer(expired.token),
      'a revoked token': bearer(revoked.token),
      'a session that has ended': ['Cookie', ended],
      'a session that never was': ['Cookie', `${name}=${'A'.repeat(43)}`],
    };
  });
  after(() => guarded.close());

  it('asks for what the table says: without a credential, with one that is not good, and with each that is', async () => {
    const wrong: string[] = [];
    const expect = (row: Row, who: string, given: string, expected: string | undefined): void => {
      const isRight =
        expected === undefined
          ? ![UNAUTHENTICATED, FORBIDDEN].includes(given) && !isHeldUp(given)
          : given === expected || (isHeldUp(given) && who in bad && expected === UNAUTHENTICATED);
      if (!isRight) wrong.push(`${row.name} with ${who}: ${given}, expected ${expected ?? 'an answer'}`);
    };
    for (const row of rows) {
      const { need } = row;
      const isPublic = need === 'public';
      expect(row, 'nothing', await tell(row), isPublic ? undefined : UNAUTHENTICATED);
      for (const [who, header] of Object.entries(bad))
        expect(row, who, await tell(row, header), isPublic ? undefined : UNAUTHENTICATED);
      // A public route asks for no account; that of sign-out would end the sessions.
      if (isPublic) continue;
      for (const role of roles) {
        const isEnough = roles.indexOf(role) >= roles.indexOf(need.role);
        const header = ['Cookie', cookies.get(role) ?? ''] as const;
        // Other methods are of programs, which show a token.
        const isForSessions = ['GET', 'POST'].includes(row.question.method ?? 'GET');
        const expected = !isForSessions ? UNAUTHENTICATED : isEnough ? undefined : FORBIDDEN;
        expect(row, `a session of the ${role}`, await tell(row, header), expected);
        for (const scope of scopes) {
          const token = bearer(tokens.get(`${role} ${scope}`) ?? '');
          const isInScope = scope === need.scope;
          expect(
            row,
            `a token of the ${role} for ${scope}`,
            await tell(row, token),
            isEnough && isInScope ? undefined : FORBIDDEN,
          );
        }
      }
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(await guarded.rig.api.commands(10), []);
  });

  it('leads people to where they sign in, and from there back', async () => {
    for (const { name, need, path } of rows) {
      const isPage = name.startsWith('GET ') && !/ \/(api|scheduler|metrics|events|user|tasks)\b/.test(name);
      if (need === 'public' || !isPage) continue;
      const { status, headers } = await guarded.ask(path);
      const to = path === '/' ? '/login' : `/login?${new URLSearchParams({ next: path }).toString()}`;
      assert.deepEqual([status, headers.location], [303, to], name);
      const live = await guarded.ask('/', {
        headers: { 'HX-Request': 'true', 'HX-Current-URL': new URL(path, guarded.mx.url).href },
      });
      assert.deepEqual([live.status, live.headers['hx-redirect']], [401, to], name);
    }
  });

  it('takes each kind of command from the roles of its row, by the API and by the dialog', async () => {
    for (const kind of commandKinds) {
      const fields = { kind, reason: 'a test', ...commandTable[kind].example };
      const need = policy[`command ${kind}`];
      assert.ok(need !== undefined && need !== 'public');
      for (const role of roles) {
        const isEnough: boolean = roles.indexOf(role) >= roles.indexOf(need.role);
        const cookie = cookies.get(role) ?? '';
        const api = await guarded.ask('/api/v1/commands', withHeader(json(fields), 'Cookie', cookie));
        const dialog = await guarded.ask(
          `/actions/${kind}`,
          withHeader(form({ reason: 'a test' }), 'Cookie', cookie),
        );
        for (const { status } of [api, dialog]) assert.equal(status === 403, !isEnough, `${kind} by ${role}`);
        assert.ok(api.status !== 401 && dialog.status !== 401);
      }
    }
    const actors = new Set((await guarded.rig.api.commands(100)).map(({ actor }) => actor));
    assert.deepEqual(actors, new Set(['admin', 'operator']));
  });

  it('tells nothing of what is there to a user who has not signed in', async () => {
    const nowhere = await guarded.ask('/nothing-here');
    assert.deepEqual([nowhere.status, nowhere.headers.location], [303, '/login?next=%2Fnothing-here']);
    const page = await guarded.ask('/login?next=/journal');
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.body, /failing|href="\/timetable"|data-clock/);
    const api = await guarded.ask('/api/v1/overview');
    assert.match(String(api.headers['www-authenticate']), /^Bearer/);
    assert.match(String(api.json()['detail']), /sign in at \/login, or send a token/);
  });
});
