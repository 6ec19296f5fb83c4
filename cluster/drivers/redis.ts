import { readMembers, writeMember } from '../member-text.ts';
import type { ClusterOptions, MembershipDriver } from '../driver.ts';
import { keyPart } from './key-part.ts';
import { createRedisClient } from './redis-client.ts';

/** How many keys the server looks at for one page. */
const PAGE = 1000;

/** Each member is a key of Redis that the server lets expire, by its clock. */
export const createRedisDriver = (
  address: string,
  { cluster, timeout }: ClusterOptions,
): MembershipDriver => {
  const redis = createRedisClient(address, ['redis', 'rediss'], timeout);
  const prefix = `synergy:${keyPart(cluster)}:member:`;
  const keyOf = (id: string): string => prefix + keyPart(id);
  return {
    name: 'redis',
    leastTimeout: 500,
    beat: async (self) => {
      await redis.call((client) =>
        client.set(keyOf(self.id), writeMember(self), { expiration: { type: 'PX', value: timeout } }),
      );
    },
    leave: async ({ id }) => {
      await redis.call((client) => client.del(keyOf(id)));
    },
    list: () =>
      redis.call(async (client) => {
        // A scan may tell a key twice.
        const keys = new Set<string>();
        let cursor = '0';
        do {
          const page = await client.scan(cursor, { MATCH: `${prefix}*`, COUNT: PAGE });
          for (const key of page.keys) keys.add(key);
          cursor = page.cursor;
        } while (cursor !== '0');
        if (keys.size === 0) return [];
        const texts = await client.mGet([...keys]);
        return readMembers(texts.filter((text) => text !== null));
      }),
    close: () => Promise.resolve(redis.close()),
  };
};
