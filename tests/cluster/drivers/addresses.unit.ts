import assert from 'node:assert/strict';
import { createConsulDriver } from '../../../cluster/drivers/consul.ts';
import { createEtcdDriver } from '../../../cluster/drivers/etcd.ts';
import { createRedisDriver } from '../../../cluster/drivers/redis.ts';
import { createRedisZsetDriver } from '../../../cluster/drivers/redis-zset.ts';
import { SynergyError } from '../../../domain/errors.ts';

const options = { cluster: 'c', timeout: 3000 };
const drivers = {
  redis: createRedisDriver,
  'redis+zset': createRedisZsetDriver,
  etcd: createEtcdDriver,
  consul: createConsulDriver,
};

const refused: readonly (readonly [keyof typeof drivers, string, RegExp])[] = [
  [
    'redis',
    'redis',
    /^cluster 'redis' is no address of a server: expected redis:\/\/user:password@host:6379\/0, or rediss:\/\/ for TLS$/,
  ],
  ['redis', 'redis://h/x', /^cluster 'redis:\/\/h' ends in no number of a database/],
  ['redis', 'redis://h:6379?db=1', /takes no options after '\?' or '#'/],
  [
    'redis',
    'redis://:hush%zz@h',
    /^cluster 'redis:\/\/h' has a user or password with a '%' that encodes nothing/,
  ],
  ['redis', 'redis://:hu/sh@h:x', /^cluster 'redis' is no address/],
  ['redis+zset', 'redis+zset://h/0/1', /expected redis\+zset:.*rediss\+zset:/],
  ['etcd', 'etcd:///', /names no host: expected etcd:\/\/user:password@host:2379, or etcds:/],
  [
    'consul',
    'consul://hush@h',
    /^cluster 'consul:\/\/h' has a user, and Consul has none: expected consul:\/\/:token@host/,
  ],
];

describe('addresses of servers of membership', () => {
  for (const [driver, address, expected] of refused)
    it(`refuses ${address}, and shows no secret`, () => {
      assert.throws(
        () => drivers[driver](address, options),
        (error: unknown) => {
          assert.ok(error instanceof SynergyError);
          assert.equal(error.code, 'INVALID_SETTING');
          assert.match(error.message, expected);
          assert.doesNotMatch(error.message, /hu\/?sh/);
          return true;
        },
      );
    });

  it('asks no server as it is made', async () => {
    for (const [name, create] of Object.entries(drivers)) {
      const driver = create(`${name}://user.invalid`, options);
      assert.equal(driver.name, name);
      await driver.close();
    }
  });
});
