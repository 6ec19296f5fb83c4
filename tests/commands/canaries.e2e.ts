import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { policy } from '../../mx/access/policy.ts';
import { ask, form, json } from '../mx/support/ask.ts';
import type { Answer, Question } from '../mx/support/ask.ts';
import { cookieOf } from '../mx/support/accounts.ts';
import { freePort } from '../support/free-port.ts';
import { startMongoServer, whyNoOwnMongo } from '../support/mongo-server.ts';
import { CLIENT, signInAtProvider, startOpenIdProvider, startVisitor } from '../support/openid-provider.ts';
import type { OpenIdProvider } from '../support/openid-provider.ts';
import { follow, launcher } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const context = `
import { defineContext, freerunProcess, managedProcess, tree } from 'synergy-scheduler';
export default defineContext({
  processes: [
    managedProcess({ name: 'Hour', qualifier: 'hourly', command: ['env'] }),
    managedProcess({ name: 'Far', qualifier: 'hourly', external: true }),
    freerunProcess({ name: 'Loop', identity: true, entries: [{ name: 'open', trigger: 'every 15m' }] }),
  ],
  trees: [tree({ name: 'hours', processes: ['Hour'] }), tree({ name: 'far', processes: ['Far'] })],
});`;
const HOUR = '2015060100';
const UNIT = `Hour/${HOUR}#1`;
/** What a token is for, which is no secret. */
const LABEL = 'nightly report';
const past = ['--start-timeperiod', HOUR, '--as-of', '2015-06-01T01:30:00Z', '--log-level', 'debug'];

/** Paths of rows that have parts which vary, and those of streams, which do not end, with no answer to wait for. */
const paths: Readonly<Record<string, string | null>> = {
  '/assets/{*file}': '/assets/app.css',
  '/invitation/:secret': null,
  '/timetable/:tree': '/timetable/hours',
  '/timetable/:tree/:process/:timeperiod': `/timetable/hours/Hour/${HOUR}`,
  '/jobs/:process/:timeperiod': `/jobs/Hour/${HOUR}`,
  '/units/:id': `/units/${encodeURIComponent(UNIT)}`,
  '/freerun/:processName/:entryName': '/freerun/Loop/open',
  '/triggers/:owner/:id': '/triggers/ann/told',
  '/triggers/:owner/:id/change': '/triggers/ann/told/change',
  '/api/v1/triggers/:owner/:id': '/api/v1/triggers/ann/told',
  '/api/v1/triggers/:owner/:id/executions': '/api/v1/triggers/ann/told/executions',
  '/api/v1/triggers/:owner/:id/resend': '/api/v1/triggers/ann/told/resend?from=2015-01-01T00:00:00Z',
  '/executions/:id': '/executions/none',
  '/api/v1/executions/:id': '/api/v1/executions/none',
  '/schedule': '/schedule?trigger=every+15m',
  '/actions/:kind': `/actions/reprocess?processName=Hour&timeperiod=${HOUR}`,
  '/events': null,
  '/api/v1/stream': null,
  '/api/v1/trees/:tree/nodes': '/api/v1/trees/hours/nodes',
  '/api/v1/jobs/:process/:timeperiod': `/api/v1/jobs/Hour/${HOUR}`,
  '/api/v1/jobs/:process/:timeperiod/children': `/api/v1/jobs/Hour/${HOUR}/children`,
  '/api/v1/jobs/:process/:timeperiod/explain': `/api/v1/jobs/Hour/${HOUR}/explain`,
  '/api/v1/jobs/:process/:timeperiod/plan': `/api/v1/jobs/Hour/${HOUR}/plan?kind=reprocess`,
  '/api/v1/freerun/:process/:entry': '/api/v1/freerun/Loop/open',
  '/api/v1/uows/:id': `/api/v1/uows/${encodeURIComponent(UNIT)}`,
  '/api/v1/uows/:id/log': `/api/v1/uows/${encodeURIComponent(UNIT)}/log`,
  '/api/v1/worker/:process': '/api/v1/worker/Far',
};

/** Every path of the policy table that answers GET. */
const everyPath = (): string[] =>
  Object.keys(policy).flatMap((name) => {
    const [method, row = ''] = name.split(' ');
    if (method !== 'GET') return [];
    const path = paths[row] === undefined ? row : paths[row];
    assert.ok(
      path === null || !/[:{]/.test(path.split('?')[0] ?? ''),
      `no path of ${row} is known to this test`,
    );
    return path === null ? [] : [path];
  });

const commands: readonly (readonly string[])[] = [
  ['user', 'list'],
  ['user', 'sessions'],
  ['user', 'audit', '--limit', '100', '--json'],
  ['token', 'list'],
  ['query'],
  ['list'],
  ['journal'],
  ['commands'],
  ['uow', 'list'],
  ['logs', UNIT],
  ['doctor'],
];

/** Notes again and again what the machine shows of processes, but for command lines that are the user's own. */
const watchProcesses = (isOurs: (commandLine: string) => boolean) => {
  const shown = new Map<string, number>();
  const look = (): void => {
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!(pid > 0)) continue;
      try {
        const text = readFileSync(`/proc/${name}/cmdline`, 'latin1');
        if (!isOurs(text)) shown.set(text, pid);
      } catch {
        // It has ended.
      }
    }
  };
  const timer = setInterval(look, 10);
  return { shown, stop: () => clearInterval(timer) };
};

const textsIn = (folder: string): (readonly [name: string, text: string])[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [path, readFileSync(path, 'latin1')] as const);

/** An installation whose settings hold secrets, as its user runs it. */
const install = async (
  provider: OpenIdProvider,
  secrets: { readonly environment: Record<string, string> },
) => {
  const folder = tempFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  provider.serve(`${url}/`);
  provider.users.set('17', { preferred_username: 'olga', groups: ['admins'] });
  writeFileSync(join(folder, 'process_context.ts'), context);
  writeFileSync(join(folder, 'provider-secret'), `${CLIENT.secret}\n`);
  const settings = {
    mxPort: port,
    oidcIssuer: provider.issuer,
    oidcClientId: CLIENT.id,
    oidcRoles: 'admins=admin',
    events: true,
  };
  writeFileSync(join(folder, 'synergy.config.json'), JSON.stringify(settings));
  /** Of commands as the user typed them; a child shows that of its parent for the moment before it has its own. */
  const ours = new Set<string>();
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SYNERGY_'))),
    ...secrets.environment,
  };
  const printed: string[] = [];
  const run = async (argv: readonly string[], input = ''): Promise<string> => {
    ours.add(`${[process.execPath, launcher, ...argv].join('\0')}\0`);
    const child = spawn(process.execPath, [launcher, ...argv], { cwd: folder, env: environment });
    child.stdin.end(input);
    const { code, stdout, stderr } = await follow(child).ended;
    assert.equal(code, 0, `${argv.join(' ')}: ${stdout}${stderr}`);
    return stdout + stderr;
  };
  return {
    ...{ folder, url, run, printed },
    isOurs: (commandLine: string) => ours.has(commandLine),
    /** What it prints may hold no secret. */
    look: async (argv: readonly string[], input?: string) => {
      const text = await run(argv, input);
      printed.push(text);
      return text;
    },
  };
};

type Site = Awaited<ReturnType<typeof install>>;

/** Of this run alone: other tests may have theirs on command lines. */
const RUN = randomUUID();
const PASSWORDS = [`a canary ${RUN} sang`, `another canary ${RUN} sang`, `${RUN} by standard input`] as const;

/** Uses every kind of secret as users do; returns those that came up, by what they are. */
const useSecrets = async ({ run, look, url }: Site) => {
  const secrets = new Map<string, string>(PASSWORDS.map((text, index) => [`password ${index}`, text]));
  const keep = (what: string, found: string | undefined): string => {
    assert.ok(found !== undefined && found.length >= 40, what);
    secrets.set(what, found);
    return found;
  };
  const linkIn = (text: string): string | undefined => /\/invitation\/([\w-]{43})/.exec(text)?.[1];
  const send = (path: string, cookie: string, question: Question): Promise<Answer> =>
    ask(`${url}${path}`, { ...question, headers: { ...question.headers, Cookie: cookie } });
  const cookieFor = (what: string, answer: Answer): string => {
    assert.equal(answer.status, 303, answer.body);
    keep(what, cookieOf(answer).split('=')[1]);
    return cookieOf(answer);
  };
  const link = keep('link', linkIn(await run(['user', 'add', 'ann', '--role', 'admin'])));
  await look(['user', 'passwd', 'ann', '--password-stdin'], PASSWORDS[2]);
  await ask(`${url}/invitation/${link}`, form({ password: PASSWORDS[0], again: PASSWORDS[0] }));
  const second = keep('second link', linkIn(await run(['user', 'passwd', 'ann', '--link'])));
  const redeemed = await ask(
    `${url}/invitation/${second}`,
    form({ password: PASSWORDS[0], again: PASSWORDS[0] }),
  );
  const first = cookieFor('session of a link', redeemed);
  const change = form({
    username: 'ann',
    current: PASSWORDS[0],
    password: PASSWORDS[1],
    again: PASSWORDS[1],
  });
  await send('/account/password', first, change);
  const session = cookieFor(
    'session',
    await ask(`${url}/login`, form({ name: 'ann', password: PASSWORDS[1] })),
  );
  for (const fields of [
    { name: 'ann', password: PASSWORDS[0] },
    { name: PASSWORDS[1], password: '' },
  ])
    await ask(`${url}/login`, form(fields));
  const token = keep(
    'token',
    /syn_([\w-]{43})/.exec(
      await run(['token', 'create', 'ann', LABEL, '--scope', 'read', 'operate', 'work', 'admin']),
    )?.[1],
  );
  const made = await send('/tokens/add', session, form({ label: 'by hand', scopes: 'read', days: '30' }));
  keep('token of the page', /syn_([\w-]{43})/.exec(made.body)?.[1]);
  const added = await send('/users/add', session, form({ name: 'ben', role: 'viewer' }));
  keep('link of the page', linkIn(added.body));
  const visitor = startVisitor();
  await signInAtProvider(visitor, await visitor.visit(`${url}/login/openid`), '17');
  keep('session of the provider', [...visitor.cookies(url).values()][0]);
  secrets.set('secret of the provider', CLIENT.secret);
  return { secrets, session, token: `syn_${token}` };
};

/** The same of event triggers. */
const useEventSecrets = async (url: string, bearer: Readonly<Record<string, string>>) => {
  const secrets = new Map([
    ['secret of headers', `canary of headers ${RUN}`],
    ['password in an address', `canary-${RUN}`],
  ]);
  const [inHeader = '', inAddress = ''] = secrets.values();
  const send = async (path: string, body: object): Promise<Answer> => {
    const sent = json({ reason: 'a test', ...body });
    const answer = await ask(`${url}/api/v1/${path}`, { ...sent, headers: { ...sent.headers, ...bearer } });
    assert.equal(answer.status, 200, answer.body);
    return answer;
  };
  await send('trigger-secrets/ann/billing', { value: inHeader });
  await send('triggers/ann/told', {
    schedule: 'R/2099-01-01T00:00:00Z/P1D',
    target: { url: `https://ann:${inAddress}@example.org/`, headers: { a: '{{secret:billing}}' } },
  });
  const { secret } = (await send('triggers/ann/told/secret', { rotate: true })).json();
  return secrets.set('secret that signs', (secret as string).slice('whsec_'.length));
};

/** Answers to all that may be asked, with the credentials given: heads and bodies. */
const everyAnswer = async (url: string, headers: Readonly<Record<string, string>>): Promise<string[]> => {
  const answers: string[] = [];
  for (const path of everyPath()) {
    const { status, headers: head, body } = await ask(`${url}${path}`, { headers });
    // An asset has a name of its content, no unit is rejected, a form may ask for more: no answer may be a fault.
    assert.ok(status < 500, `${path}: ${status}`);
    answers.push(`${path} ${JSON.stringify(head)} ${body}`);
  }
  return answers;
};

const untilDone = async (url: string, headers: Readonly<Record<string, string>>): Promise<void> => {
  for (;;) {
    const { status, json: read } = await ask(`${url}/api/v1/uows/${encodeURIComponent(UNIT)}`, { headers });
    if (status === 200 && read()['state'] === 'PROCESSED') return;
  }
};

/** Where secrets are looked for: name and text of each place. */
type Places = (readonly [name: string, text: string])[];

const assertNowhere = (secrets: ReadonlyMap<string, string>, places: Places): void => {
  assert.ok(places.length > 50);
  const found = places.flatMap(([name, text]) =>
    [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => `${what} in ${name}`),
  );
  assert.deepEqual(found, []);
};

describe('secrets of an installation', function () {
  this.timeout(300_000);
  let provider: OpenIdProvider;
  beforeEach(async () => {
    provider = await startOpenIdProvider();
  });
  afterEach(() => provider.stop());

  /** Runs an installation, uses its secrets and returns them with all places where they could have come to. */
  const live = async (site: Site, ...options: readonly string[]) => {
    const { look, run, url, folder, isOurs } = site;
    const processes = watchProcesses(isOurs);
    const places: Places = [];
    try {
      await look(['start', '--daemon', ...past, ...options]);
      const { secrets, session, token } = await useSecrets(site);
      const bearer = { Authorization: `Bearer ${token}` };
      await untilDone(url, bearer);
      for (const [what, secret] of await useEventSecrets(url, bearer)) secrets.set(what, secret);
      const command = { id: 'of-the-test-1', kind: 'fire-freerun', processName: 'Loop', entryName: 'open' };
      const sent = json({ ...command, reason: 'a test' });
      const fired = await ask(`${url}/api/v1/commands`, { ...sent, headers: { ...sent.headers, ...bearer } });
      assert.equal(fired.status, 200, fired.body);
      for (const headers of [{ Cookie: session }, bearer, { Authorization: `Bearer ${token}x` }, {}])
        for (const text of await everyAnswer(url, headers)) places.push([text.split(' ')[0] ?? '', text]);
      for (const argv of commands) await look(argv);
      await look(['restart']);
      const { status, body } = await ask(`${url}/api/v1/overview`, { headers: bearer });
      assert.equal(status, 200, body);
      places.push(...textsIn(join(folder, 'synergy-data')));
      await run(['stop']);
      places.push(...textsIn(join(folder, 'synergy-data')));
      for (const text of site.printed) places.push(['what a command prints', text]);
      assert.ok(processes.shown.size > 3);
      for (const [text, pid] of processes.shown) places.push([`the command line of process ${pid}`, text]);
      return { secrets, places };
    } finally {
      processes.stop();
      await run(['stop']).catch(() => undefined);
    }
  };

  it('are nowhere but where they are handed over, with a store of files', async () => {
    const site = await install(provider, { environment: {} });
    const { secrets, places } = await live(site, '--oidc-client-secret', 'file:provider-secret');
    assertNowhere(secrets, places);
    // What is no secret is found by the same search: on a page, in the store, by a command.
    const known = places.filter(([, text]) => text.includes(LABEL)).map(([name]) => name);
    for (const place of [/^\/tokens$/, /synergy-data/, /^what a command prints$/])
      assert.ok(
        known.some((name) => place.test(name)),
        String(place),
      );
  });

  const why = whyNoOwnMongo();
  (why === undefined ? it : it.skip)(
    `nor with a server${why === undefined ? '' : ` (${why})`}, whose address holds a password; what a restart needs is kept for its user`,
    async () => {
      const password = 'canary of the store';
      const user = { name: 'ann', password, roles: [{ role: 'readWrite', db: 'canaries' }] };
      const mongo = await startMongoServer({ users: [user] });
      try {
        const store = mongo.url('canaries', user);
        const site = await install(provider, { environment: { SYNERGY_STORE: store } });
        const { secrets, places } = await live(site, '--oidc-client-secret', CLIENT.secret);
        secrets.set('password of the store', password);
        secrets.set('password of the store, as it is sent', encodeURIComponent(password));
        const client = new MongoClient(store);
        for (const { collectionName } of await client.db().collections()) {
          const records = await client.db().collection(collectionName).find().toArray();
          places.push([`the collection ${collectionName}`, JSON.stringify(records)]);
        }
        await client.close();
        const kept = join(site.folder, 'synergy-data', 'run', 'supervisor.json');
        const [forRestart, rest] = [
          places.filter(([name]) => name === kept),
          places.filter(([name]) => name !== kept),
        ];
        assert.equal(forRestart.length, 1, 'it goes when the supervisor stops');
        assertNowhere(secrets, rest);
      } finally {
        await mongo.stop();
      }
    },
  );

  it('are kept for a restart in a file that its user alone can read', async () => {
    const site = await install(provider, { environment: { SYNERGY_OIDC_CLIENT_SECRET: CLIENT.secret } });
    await site.run(['start', '--daemon', ...past]);
    try {
      const run = join(site.folder, 'synergy-data', 'run');
      assert.match(readFileSync(join(run, 'supervisor.json'), 'utf8'), new RegExp(CLIENT.secret));
      for (const path of [run, ...readdirSync(run).map((name) => join(run, name))])
        assert.equal(statSync(path).mode & 0o077, 0, path);
    } finally {
      await site.run(['stop']);
    }
  });
});
