import assert from 'node:assert/strict';
import { createClient } from 'redis';
import type { MembershipDriver } from '../../../cluster/driver.ts';
import { createConsulDriver } from '../../../cluster/drivers/consul.ts';
import { createEtcdDriver } from '../../../cluster/drivers/etcd.ts';
import { createRedisDriver } from '../../../cluster/drivers/redis.ts';
import { createRedisZsetDriver } from '../../../cluster/drivers/redis-zset.ts';
import { noConsulServer, startConsulServer } from '../../support/consul-server.ts';
import { askEtcd, noEtcdServer, startEtcdServer } from '../../support/etcd-server.ts';
import type { OwnServer } from '../../support/own-server.ts';
import { noRedisServer, startRedisServer } from '../../support/redis-server.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import { memberOn } from '../open-member.ts';

const options = { cluster: 'c', timeout: 3_000 };
const everything = { key: 'AA==', range_end: 'AA==' };

interface Kind {
  readonly create: typeof createEtcdDriver;
  readonly missing: string | undefined;
  readonly start: () => Promise<OwnServer>;
  /** Deletes all keys, and nothing but these. */
  readonly deleteKeys: (port: number) => Promise<unknown>;
  /** How many keys there are. */
  readonly countKeys: (port: number) => Promise<number>;
}

const withRedis = async <T>(port: number, use: (client: ReturnType<typeof createClient>) => Promise<T>) => {
  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  await client.connect();
  return use(client as ReturnType<typeof createClient>).finally(() => client.destroy());
};
const redis = {
  missing: noRedisServer,
  start: () => startRedisServer(),
  deleteKeys: (port: number) => withRedis(port, (client) => client.flushAll()),
  countKeys: (port: number) => withRedis(port, (client) => client.dbSize()),
};
const kinds: Readonly<Record<string, Kind>> = {
  redis: { ...redis, create: createRedisDriver },
  'redis+zset': { ...redis, create: createRedisZsetDriver },
  etcd: {
    create: createEtcdDriver,
    missing: noEtcdServer,
    start: () => startEtcdServer(),
    deleteKeys: (port) => askEtcd(port, '/v3/kv/deleterange', everything),
    countKeys: async (port) => {
      const answer = (await askEtcd(port, '/v3/kv/range', everything)) as { count?: string };
      return Number(answer.count ?? 0);
    },
  },
  consul: {
    create: createConsulDriver,
    missing: noConsulServer,
    start: () => startConsulServer(),
    deleteKeys: (port) => fetch(`http://127.0.0.1:${port}/v1/kv/?recurse`, { method: 'DELETE' }),
    countKeys: async (port) => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/kv/?keys`);
      return answer.status === 404 ? 0 : ((await answer.json()) as unknown[]).length;
    },
  },
};

for (const [name, { create, missing, start, deleteKeys, countKeys }] of Object.entries(kinds)) {
  describe(`membership driver ${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, function () {
    this.timeout(60_000);
    let server: OwnServer;
    let ends: (() => unknown)[];
    const open = (port = server.port): MembershipDriver => {
      const driver = create(`${name}://127.0.0.1:${port}`, options);
      ends.push(() => driver.close());
      return driver;
    };
    const boxes = async (driver: MembershipDriver): Promise<string[]> =>
      (await driver.list()).map(({ box }) => box).sort();

    // Redis tells of nothing by itself.
    const itWhereTold = name.startsWith('redis') ? () => undefined : it;

    before(async function () {
      if (missing !== undefined) return this.skip();
      server = await start();
    });
    after(() => (server as OwnServer | undefined)?.kill());
    beforeEach(() => (ends = []));
    afterEach(async () => {
      for (const end of ends.reverse()) await end();
    });

    it('leaves nothing behind of members that left', async () => {
      const driver = open();
      for (const box of ['a', 'b']) await driver.beat(memberOn(box));
      assert.deepEqual(await boxes(driver), ['a', 'b']);
      for (const box of ['a', 'b']) await driver.leave(memberOn(box));
      assert.equal(await countKeys(server.port), 0);
    });

    it('lets a member leave that another process has entered, or that is not there', async () => {
      await open().beat(memberOn('a'));
      await open().leave(memberOn('a'));
      await open().leave(memberOn('b'));
      assert.deepEqual(await boxes(open()), []);
    });

    it('enters anew what was deleted by hand', async () => {
      const driver = open();
      await driver.beat(memberOn('a'));
      assert.deepEqual(await boxes(driver), ['a']);
      await deleteKeys(server.port);
      assert.deepEqual(await boxes(driver), []);
      await driver.beat(memberOn('a'));
      assert.deepEqual(await boxes(open()), ['a']);
      await driver.leave(memberOn('a'));
    });

    it('passes over what is no member', async () => {
      const driver = open();
      await driver.beat(memberOn('a', { version: '2' }));
      await driver.beat({ ...memberOn('b'), box: '' });
      assert.deepEqual(await boxes(driver), ['a']);
      await driver.leave(memberOn('a'));
      await driver.leave(memberOn('b'));
    });

    itWhereTold('tells of changes, also after its connection was cut and its server restarted', async () => {
      const proxy = await startTcpProxy(server.port);
      ends.push(() => proxy.close());
      const watching = open(proxy.port);
      let tell = (): void => undefined;
      const nextChange = (): Promise<void> => new Promise((resolve) => (tell = resolve));
      const began = nextChange();
      const unwatch = watching.watch!(() => tell());
      await began;
      const other = open();
      const disturbances = [
        () => Promise.resolve(),
        () => Promise.resolve(proxy.cut()),
        () => server.kill().then(() => server.start()),
      ];
      for (const [i, disturb] of disturbances.entries()) {
        await disturb();
        // Others come each time: who came and went between two looks need not be told of.
        const joined = nextChange();
        await other.beat(memberOn(`box-${i}`));
        await joined;
        const left = nextChange();
        await other.leave(memberOn(`box-${i - 1}`));
        await other.beat(memberOn(`other-${i}`));
        await left;
      }
      unwatch();
      for (const member of await other.list()) await other.leave(member);
    });
  });
}
