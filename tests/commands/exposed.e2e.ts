import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ask, form } from '../mx/support/ask.ts';
import { certificate } from '../support/certificate.ts';
import { freePort } from '../support/free-port.ts';
import { twoMachines, whyNoNamespaces } from '../support/net-namespaces.ts';
import type { TwoMachines } from '../support/net-namespaces.ts';
import { follow, launcher, servicePids, synergyOk } from '../support/synergy.ts';
import type { Ended } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';

const HOST = 'synergy.example.com';
const PASSWORD = 'a canary sang in the mine';
const LINK =
  /^first account: admin; set its password within 24 hours at (https:\S+\/invitation\/([\w-]{43}))$/m;

describe('the first start of a dashboard for others', function () {
  this.timeout(120_000);

  it('prints the link of the first account on the terminal of the start, once, and to no file', async () => {
    const folder = tempFolder();
    const port = await freePort();
    const options = [
      '--mx-port',
      String(port),
      '--mx-proxy',
      '127.0.0.1',
      '--mx-public-url',
      `https://${HOST}/`,
    ];
    const start = (): Promise<string> => synergyOk(folder, 'start', '--demo', '--daemon', ...options);
    const first = await start();
    try {
      const [, link = '', secret = ''] = LINK.exec(first) ?? [];
      assert.ok(link.startsWith(`https://${HOST}/invitation/`), first);
      assert.ok(first.indexOf(secret) < first.indexOf('runs as process'));
      // The scheduler is started again by its supervisor, and then all of it by the user: the link stays good.
      const { scheduler = 0 } = await servicePids(folder);
      process.kill(scheduler, 'SIGKILL');
      while (((await servicePids(folder))['scheduler'] ?? scheduler) === scheduler);
      await synergyOk(folder, 'stop');
      const second = await start();
      assert.match(
        second,
        /^first account: admin, which has no password yet: .*'synergy user passwd admin --link'$/m,
      );
      assert.doesNotMatch(second, /invitation/);
      for (const name of readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => /\.(out|log)$/.test(name)))
        assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /invitation\//, name);
      const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https', Host: HOST };
      const sent = form({ password: PASSWORD, again: PASSWORD });
      const redeem = (): Promise<{ status: number }> =>
        ask(`http://127.0.0.1:${port}/invitation/${secret}`, {
          ...sent,
          headers: { ...sent.headers, ...headers },
        });
      assert.equal((await redeem()).status, 303);
      assert.equal((await redeem()).status, 401);
      await synergyOk(folder, 'stop');
      assert.doesNotMatch(await start(), /first account/);
    } finally {
      await synergyOk(folder, 'stop');
    }
  });
});

const why = whyNoNamespaces();
(why === undefined ? describe : describe.skip)(
  `asked from another machine${why ? ` (${why})` : ''}`,
  function () {
    this.timeout(120_000);
    let machines: TwoMachines;
    let folder: string;
    const port = 5000;
    before(() => {
      machines = twoMachines();
    });
    beforeEach(() => {
      folder = tempFolder();
    });
    after(() => machines.remove());

    const run = (where: readonly string[], argv: readonly string[]): Promise<Ended> => {
      const [program = '', ...rest] = [...where, ...argv];
      const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('SYNERGY_'));
      return follow(spawn(program, rest, { cwd: folder, env: Object.fromEntries(environment) })).ended;
    };
    const synergy = (...argv: readonly string[]): Promise<Ended> =>
      run(machines.on.server, [process.execPath, launcher, ...argv]);
    /** Starts the demo there, asks, and stops it. */
    const whileUp = async (
      options: readonly string[],
      visit: (started: string) => Promise<void>,
    ): Promise<void> => {
      const { code, stdout, stderr } = await synergy('start', '--demo', '--daemon', ...options);
      assert.equal(code, 0, stderr);
      await visit(stdout).finally(() => synergy('stop'));
    };
    /** Asks from the other machine: status, or what curl says of a connection that there is none; and the answer. */
    const curl = async (
      url: string,
      ...options: readonly string[]
    ): Promise<{ status: string; body: string }> => {
      const resolve = `${HOST}:${port}:${machines.address}`;
      const always = ['curl', '-sk', '--max-time', '10', '--resolve', resolve, '-w', '\n%{http_code}'];
      const { code, stdout } = await run(machines.on.client, [...always, ...options, url]);
      const lines = stdout.split('\n');
      const status = lines.pop() ?? '';
      return { status: status === '000' ? `curl ${code ?? ''}` : status, body: lines.join('\n') };
    };
    const REFUSED = 'curl 7';

    it('cannot be reached as it is', () =>
      whileUp([], async () => {
        assert.equal((await curl(`http://${machines.address}:${port}/`)).status, REFUSED);
      }));

    it('does not start for others without TLS, and says what to set', async () => {
      for (const options of [[], ['--mx-public-url', `https://${HOST}:${port}/`]]) {
        const { code, stderr } = await synergy('start', '--demo', '--mx-host', '0.0.0.0', ...options);
        assert.equal(code, 1);
        assert.match(stderr, /^synergy: .*set .*mxTlsCert and mxTlsKey[^\n]*\n$/);
      }
      assert.equal((await curl(`http://${machines.address}:${port}/`)).status, REFUSED);
    });

    it('works with both: TLS, and the account that the first start makes', async () => {
      const { cert, key } = certificate(folder, 'server', HOST);
      const home = `https://${HOST}:${port}`;
      const options = [
        '--mx-host',
        '0.0.0.0',
        '--mx-tls-cert',
        cert,
        '--mx-tls-key',
        key,
        '--mx-public-url',
        `${home}/`,
      ];
      await whileUp(options, async (started) => {
        const [, link = ''] = LINK.exec(started) ?? [];
        const overview = `${home}/api/v1/overview`;
        assert.equal((await curl(`${home}/health`)).status, '200');
        assert.equal((await curl(overview)).status, '401');
        assert.equal((await curl(`${home}/`)).status, '303');
        assert.equal(
          (await curl(`https://${machines.address}:${port}/health`)).status,
          '421',
          'another name',
        );
        assert.match((await curl(`http://${HOST}:${port}/health`)).status, /^curl/, 'in the clear');
        const jar = join(folder, 'cookies');
        const fields = ['--data-urlencode', `password=${PASSWORD}`, '--data-urlencode', `again=${PASSWORD}`];
        assert.equal((await curl(link, '-c', jar, ...fields)).status, '303');
        assert.equal((await curl(overview, '-b', jar)).status, '200');
        assert.match((await curl(`${home}/`, '-b', jar)).body, /title="admin, admin"/);
        const { token } = JSON.parse(
          (await synergy('token', 'create', 'admin', 'far', '--scope', 'read', '--json')).stdout,
        ) as { token: string };
        const { status, body } = await curl(overview, '-H', `Authorization: Bearer ${token}`);
        assert.equal(status, '200', body);
      });
    });

    it('refuses a client that comes past the proxy, in the clear', () =>
      whileUp(
        ['--mx-host', '0.0.0.0', '--mx-proxy', '127.0.0.1', '--mx-public-url', `https://${HOST}:${port}/`],
        async () => {
          const { status, body } = await curl(
            `http://${HOST}:${port}/api/v1/overview`,
            '-H',
            'X-Forwarded-Proto: https',
          );
          assert.deepEqual([status, (JSON.parse(body) as { code: string }).code], ['403', 'INSECURE']);
        },
      ));
  },
);
