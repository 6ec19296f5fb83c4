import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MembershipDriver } from '../../../cluster/driver.ts';
import { createConsulDriver } from '../../../cluster/drivers/consul.ts';
import { createEtcdDriver } from '../../../cluster/drivers/etcd.ts';
import { createRedisDriver } from '../../../cluster/drivers/redis.ts';
import { createRedisZsetDriver } from '../../../cluster/drivers/redis-zset.ts';
import { SynergyError } from '../../../domain/errors.ts';
import type { ErrorCode } from '../../../domain/errors.ts';
import { certificate } from '../../support/certificate.ts';
import { startChildIn } from '../../support/child.ts';
import { noConsulServer, startConsulServer } from '../../support/consul-server.ts';
import { askEtcd, noEtcdServer, startEtcdServer } from '../../support/etcd-server.ts';
import { freePort } from '../../support/free-port.ts';
import type { OwnServer } from '../../support/own-server.ts';
import { noRedisServer, startRedisServer } from '../../support/redis-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { memberOn } from '../open-member.ts';

const TIMEOUT = 3_000;
const options = { cluster: 'c', timeout: TIMEOUT };
const creators = {
  redis: createRedisDriver,
  'redis+zset': createRedisZsetDriver,
  etcd: createEtcdDriver,
  consul: createConsulDriver,
};
type Kind = keyof typeof creators;
const kinds = Object.keys(creators) as Kind[];

describe('servers of membership that will not do', function () {
  this.timeout(60_000);
  let ends: (() => unknown)[];
  beforeEach(() => (ends = []));
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });

  const kept = async (starting: Promise<OwnServer>): Promise<OwnServer> => {
    const server = await starting;
    ends.push(() => server.kill());
    return server;
  };
  /** A driver for what follows the scheme of an address. */
  const open = (kind: Kind, rest: string, scheme: string = kind): MembershipDriver => {
    const driver = creators[kind](`${scheme}://${rest}`, options);
    ends.push(() => driver.close());
    return driver;
  };
  const fails = async (driver: MembershipDriver, code: ErrorCode, expected: RegExp): Promise<void> => {
    const begunAt = performance.now();
    await assert.rejects(driver.beat(memberOn('a')), (error: unknown) => {
      assert.ok(error instanceof SynergyError);
      assert.deepEqual([error.code, expected.test(error.message)], [code, true], error.message);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    });
    // Another try has to fit into the time-out.
    assert.ok(performance.now() - begunAt < TIMEOUT);
  };
  const works = async (driver: MembershipDriver): Promise<void> => {
    await driver.beat(memberOn('a'));
    assert.deepEqual(
      (await driver.list()).map(({ box }) => box),
      ['a'],
    );
    await driver.leave(memberOn('a'));
    assert.deepEqual(await driver.list(), []);
  };

  for (const kind of kinds) {
    it(`tells that ${kind} is away`, async () => {
      const driver = open(
        kind,
        `user:hush@127.0.0.1:${await freePort()}`.replace(kind === 'consul' ? 'user' : '', ''),
      );
      await fails(
        driver,
        'CLUSTER_UNREACHABLE',
        /at \S+:\/\/127\.0\.0\.1:\d+ does not answer \(.*ECONNREFUSED.*\): see whether/,
      );
    });

    it(`tells that ${kind} is silent, soon enough`, async () => {
      const proxy = await startTcpProxy(await freePort());
      ends.push(() => proxy.close());
      proxy.swallow();
      await fails(open(kind, `127.0.0.1:${proxy.port}`), 'CLUSTER_UNREACHABLE', /does not answer/);
    });

    it(`tells that another server is where ${kind} is looked for`, async () => {
      const server = createServer((_, response) => response.writeHead(404).end('<html>'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ends.push(() => server.close());
      const code = kind.startsWith('redis') ? 'CLUSTER_UNREACHABLE' : 'CLUSTER_REFUSED';
      const { port } = server.address() as AddressInfo;
      await fails(
        open(kind, `127.0.0.1:${port}`),
        code,
        /answers as no etcd|has no sessions|does not answer/,
      );
    });
  }

  for (const kind of ['redis', 'redis+zset'] as const) {
    describe(kind, () => {
      before(function () {
        if (noRedisServer !== undefined) this.skip();
      });

      it('tells of a password that is missing or wrong', async () => {
        const { port } = await kept(startRedisServer('--requirepass', 'hush'));
        const refusal = /refused the user or its password .*: correct them in the setting 'cluster'/;
        await fails(open(kind, `127.0.0.1:${port}`), 'CLUSTER_REFUSED', refusal);
        await fails(open(kind, `:hushed@127.0.0.1:${port}`), 'CLUSTER_REFUSED', refusal);
        await works(open(kind, `:hush@127.0.0.1:${port}/2`));
      });

      it('tells of rights that are missing, and works with those that it names', async () => {
        const user = ['on', '>hush', '~synergy:*', '~{synergy:*'];
        const rights = ['+@read', '+@write', '+@scripting', '+@connection', '+@transaction', '+time'];
        const { port } = await kept(
          startRedisServer('--user', 'ann', ...user, '--user', 'bob', ...user, ...rights),
        );
        await fails(
          open(kind, `ann:hush@127.0.0.1:${port}`),
          'CLUSTER_REFUSED',
          /did not permit it \(NOPERM.*ACL SETUSER/,
        );
        await works(open(kind, `bob:hush@127.0.0.1:${port}`));
      });

      it('tells of a database that is not there, and of a replica', async () => {
        const { port } = await kept(startRedisServer());
        await fails(open(kind, `127.0.0.1:${port}/99`), 'CLUSTER_REFUSED', /has no such database/);
        const replica = await kept(startRedisServer('--replicaof', `127.0.0.1 ${port}`));
        await fails(
          open(kind, `127.0.0.1:${replica.port}`),
          'CLUSTER_REFUSED',
          /is a replica .*: name the primary/,
        );
      });
    });
  }

  it('tells of users and rights of etcd, and signs in again', async function () {
    if (noEtcdServer !== undefined) return this.skip();
    const server = await kept(startEtcdServer());
    const auth = (path: string, body: object) => askEtcd(server.port, `/v3/auth/${path}`, body);
    await fails(
      open('etcd', `ann:hush@127.0.0.1:${server.port}`),
      'CLUSTER_REFUSED',
      /takes no user and password/,
    );
    for (const name of ['root', 'ann']) await auth('user/add', { name, password: 'hush' });
    await auth('role/add', { name: 'root' });
    await auth('user/grant', { user: 'root', role: 'root' });
    await auth('enable', {});
    await fails(open('etcd', `127.0.0.1:${server.port}`), 'CLUSTER_REFUSED', /wants a user and a password/);
    await fails(
      open('etcd', `ann:hushed@127.0.0.1:${server.port}`),
      'CLUSTER_REFUSED',
      /refused the user or its password/,
    );
    await fails(
      open('etcd', `ann:hush@127.0.0.1:${server.port}`),
      'CLUSTER_REFUSED',
      /did not permit it: .*--prefix=true \/synergy\//,
    );
    const driver = open('etcd', `root:hush@127.0.0.1:${server.port}`);
    await works(driver);
    // It knows none of its tokens then.
    await server.kill();
    await server.start();
    await works(driver);
  });

  it('tells of tokens of Consul', async function () {
    if (noConsulServer !== undefined) return this.skip();
    const token = 'b1gs33cr-e700-4000-8000-000000000000';
    const { port } = await kept(startConsulServer(token));
    const refusal = /did not permit it \(.*\): correct the token in the setting 'cluster', or let its policy/;
    await fails(open('consul', `127.0.0.1:${port}`), 'CLUSTER_REFUSED', refusal);
    await fails(open('consul', `:hush@127.0.0.1:${port}`), 'CLUSTER_REFUSED', refusal);
    await works(open('consul', `:${token}@127.0.0.1:${port}`));
  });

  describe('with TLS', () => {
    const secureServer = async (kind: Kind) => {
      const secure = { port: await freePort(), ...certificate(tempFolder(), 'server', 'localhost') };
      const files = [
        '--tls-cert-file',
        secure.cert,
        '--tls-key-file',
        secure.key,
        '--tls-auth-clients',
        'no',
      ];
      if (kind === 'etcd') await kept(startEtcdServer(secure));
      else if (kind === 'consul') await kept(startConsulServer(undefined, secure));
      else
        await kept(
          startRedisServer('--tls-port', `${secure.port}`, '--tls-ca-cert-file', secure.cert, ...files),
        );
      return secure;
    };
    const missing = {
      redis: noRedisServer,
      'redis+zset': noRedisServer,
      etcd: noEtcdServer,
      consul: noConsulServer,
    };
    for (const [kind, scheme] of [
      ['redis', 'rediss'],
      ['redis+zset', 'rediss+zset'],
      ['etcd', 'etcds'],
      ['consul', 'consuls'],
    ] as const)
      it(`${scheme}:// takes certificates of known issuers alone`, async function () {
        if (missing[kind] !== undefined) return this.skip();
        const { port, cert } = await secureServer(kind);
        const advice = /shows a certificate that is not trusted .*NODE_EXTRA_CA_CERTS/;
        await fails(open(kind, `localhost:${port}`, scheme), 'CLUSTER_REFUSED', advice);
        const place = { address: `${scheme}://localhost:${port}`, cluster: 'c', timeout: TIMEOUT };
        const child = startChildIn(
          { ...process.env, NODE_EXTRA_CA_CERTS: cert },
          new URL('../children/member.ts', import.meta.url),
          JSON.stringify(place),
          'a',
        );
        ends.push(() => child.kill());
        assert.equal(await child.message(), 'joined');
      });
  });
});
