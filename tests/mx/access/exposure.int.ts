import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { packageRoot } from '../../../lib/package-info.ts';
import { DAY } from '../../../domain/time/calendar.ts';
import type { Exposure } from '../../../mx/access/exposure.ts';
import { firstAdmin } from '../../../boot/dashboard/first-admin.ts';
import { certificate } from '../../support/certificate.ts';
import { freePort } from '../../support/free-port.ts';
import { quietLog } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { ask, form } from '../support/ask.ts';
import type { Answer, Question } from '../support/ask.ts';
import { PASSWORD, cookieOf, serveGuarded, withHeader } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';

const NGINX = '/usr/sbin/nginx';
const HOST = 'example.com';

/** One request over TLS to a port of this machine, as if it were the host that people type. */
const askTls = (port: number, path: string, question: Question = {}): Promise<Answer> =>
  ask(`https://127.0.0.1:${port}${path}`, {
    ...question,
    headers: { Host: `${HOST}:${port}`, ...question.headers },
  });

/** The server block of docs/exposing.md, on ports and with files of the test. */
const nginxConfig = (folder: string, front: number, back: number): string => {
  const page = readFileSync(join(packageRoot, 'docs', 'exposing.md'), 'utf8');
  const [, block = ''] = /```nginx\n([^]*?)```/.exec(page) ?? [];
  const { cert, key } = certificate(folder, 'proxy', HOST);
  const server = block
    .replace('listen 443 ssl', `listen 127.0.0.1:${front} ssl`)
    .replace('/etc/ssl/certs/synergy.pem', cert)
    .replace('/etc/ssl/private/synergy.key', key)
    .replace('127.0.0.1:5000', `127.0.0.1:${back}`);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n');
  return `daemon off; pid ${join(folder, 'pid')}; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${server}}\n`;
};

const isListening = async (port: number): Promise<void> => {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const came = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (came) return;
  }
};

(existsSync(NGINX) ? describe : describe.skip)('the dashboard behind nginx, at a path', function () {
  this.timeout(60_000);
  let guarded: Guarded;
  let nginx: ChildProcess;
  let front: number;
  let local: string;
  before(async () => {
    const folder = tempFolder();
    const back = await freePort();
    front = await freePort();
    local = `http://127.0.0.1:${back}`;
    const publicUrl = `https://${HOST}:${front}/synergy/`;
    guarded = await serveGuarded({ port: back, proxy: ['127.0.0.1'], publicUrl });
    await guarded.addUser('admin');
    writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, front, back));
    nginx = spawn(NGINX, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
    await isListening(front);
  });
  after(async () => {
    nginx.kill();
    await once(nginx, 'exit');
    await guarded.close();
  });

  it('signs in over its TLS, and leads nowhere but below its path', async () => {
    const first = await askTls(front, '/synergy/journal?entity=SiteHourly');
    assert.deepEqual(
      [first.status, first.headers.location],
      [303, '/synergy/login?next=%2Fjournal%3Fentity%3DSiteHourly'],
    );
    const sent = form({ name: 'admin', password: PASSWORD, next: '/journal' });
    const signedIn = await askTls(
      front,
      '/synergy/login',
      withHeader(sent, 'Origin', `https://${HOST}:${front}`),
    );
    assert.deepEqual([signedIn.status, signedIn.headers.location], [303, '/synergy/journal']);
    assert.match(
      signedIn.headers['set-cookie']?.[0] ?? '',
      /^__Host-synergy-[\w-]+=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const headers = { Cookie: cookieOf(signedIn) };
    for (const path of [
      '/',
      '/timetable',
      '/processes',
      '/freerun',
      '/journal',
      '/users',
      '/account',
      '/tokens/add',
    ]) {
      const page = await askTls(front, `/synergy${path}`, { headers });
      assert.equal(page.status, 200, path);
      const links = [...page.body.matchAll(/\s(?:href|src|action|hx-get|hx-post)="([^"#]*)/g)].map(
        ([, to]) => to,
      );
      assert.ok(links.length > 10, path);
      assert.deepEqual(
        links.filter((to) => to !== '' && !to?.startsWith('/synergy/')),
        [],
        path,
      );
      assert.match(String(page.headers['strict-transport-security']), /max-age/);
    }
    const { body } = await askTls(front, '/synergy/', { headers });
    const style = /"(\/synergy\/assets\/app\.[0-9a-f]+\.css)"/.exec(body)?.[1] ?? '';
    assert.match((await askTls(front, style)).body, /url\('\/synergy\/assets\/geist\.[0-9a-f]+\.woff2'\)/);
    const link = await askTls(front, '/synergy/users/link', {
      ...withHeader(form({ name: 'admin' }), 'Cookie', headers.Cookie),
    });
    assert.match(link.body, new RegExp(`value="https://${HOST}:${front}/synergy/invitation/[\\w-]{43}"`));
    const {
      rows: [row],
    } = { rows: await guarded.accounts.audit.list({ limit: 1 }) };
    assert.equal(row?.address, '127.0.0.1');
  });

  it('takes changes from its own origin alone, and answers to its own name alone', async () => {
    for (const origin of ['https://evil.example', `http://${HOST}:${front}`, 'null', local]) {
      const sent = withHeader(form({ name: 'admin', password: PASSWORD }), 'Origin', origin);
      assert.equal((await askTls(front, '/synergy/login', sent)).status, 403, origin);
    }
    assert.equal((await askTls(front, '/synergy/login', { headers: { Host: 'evil.example' } })).status, 421);
  });

  it('asks for accounts on the loopback too, and serves health there', async () => {
    assert.equal((await ask(`${local}/health`)).status, 200);
    assert.equal((await ask(`${local}/api/v1/overview`)).status, 401);
    // The proxy itself, asked in the clear.
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http' };
    const { status, json } = await ask(`${local}/api/v1/overview`, { headers });
    assert.deepEqual([status, json()['code']], [403, 'INSECURE']);
  });
});

describe('the dashboard for others', function () {
  this.timeout(30_000);

  it('believes what is forwarded by its proxy alone', async () => {
    const publicUrl = `https://${HOST}/`;
    const guarded = await serveGuarded({ proxy: ['203.0.113.1'], publicUrl });
    try {
      const headers = { 'X-Forwarded-Host': HOST, 'X-Forwarded-Proto': 'https', Host: 'evil.example' };
      assert.equal((await guarded.ask('/health', { headers })).status, 421);
      const { status, headers: told } = await guarded.ask('/login', {
        headers: { 'X-Forwarded-Proto': 'https' },
      });
      assert.deepEqual([status, told['strict-transport-security']], [200, undefined]);
    } finally {
      await guarded.close();
    }
  });

  it('makes the first account with one link, and another link once that is out of date', async () => {
    const exposure = { host: '0.0.0.0', proxy: ['127.0.0.1'], publicUrl: `https://${HOST}/x/` };
    const guarded = await serveGuarded();
    try {
      const { accounts } = guarded;
      const { clock } = guarded.rig;
      const first = (given: Exposure) => firstAdmin(accounts, given, clock.now());
      assert.equal(await first({ host: '127.0.0.1' }), undefined);
      assert.equal(await accounts.isNeeded(), false);
      const links = [(await first(exposure))?.link ?? ''];
      clock.advance(DAY - 1);
      assert.deepEqual(await first(exposure), { name: 'admin' }, 'the link is good still');
      clock.advance(1);
      links.push((await first(exposure))?.link ?? '');
      for (const link of links) assert.match(link, /^https:\/\/example\.com\/x\/invitation\/[\w-]{43}$/);
      const [before = '', now = ''] = links.map((link) => link.slice(-43));
      const client = { address: '192.0.2.1' };
      assert.ok('because' in (await accounts.redeem(before, PASSWORD, client)));
      assert.ok('session' in (await accounts.redeem(now, PASSWORD, client)));
      assert.equal(await first(exposure), undefined);
      assert.deepEqual(
        (await accounts.users.list({ limit: 9 })).map(({ name, role }) => [name, role]),
        [['admin', 'admin']],
      );
    } finally {
      await guarded.close();
    }
  });

  it('ends TLS itself, and takes a new certificate as its files change', async () => {
    const folder = tempFolder();
    const [old, fresh] = [certificate(folder, 'old', HOST), certificate(folder, 'fresh', HOST)];
    const port = await freePort();
    let taken: () => void;
    const told = new Promise<void>((resolve) => (taken = resolve));
    const guarded = await serveGuarded({
      port,
      tls: old,
      publicUrl: `https://${HOST}:${port}/`,
      logger: { ...quietLog, info: (text) => text.includes('anew') && taken() },
    });
    const shown = async (): Promise<string> => {
      const socket = connectTls({ port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    try {
      const { status, headers } = await askTls(port, '/');
      assert.deepEqual([status, headers.location], [303, '/login']);
      assert.equal(await shown(), 'old');
      copyFileSync(fresh.key, old.key);
      copyFileSync(fresh.cert, old.cert);
      await told;
      assert.equal(await shown(), 'fresh');
    } finally {
      await guarded.close();
    }
  });
});
