import { readMembers, writeMember } from '../member-text.ts';
import type { ClusterOptions, MembershipDriver } from '../driver.ts';
import { keyPart } from './key-part.ts';
import { createRedisClient } from './redis-client.ts';

/**
 * Renews a member, if one is given, deletes what has been silent for ten time-outs, and answers with who is there. Keys: instants
 * of renewal by id, facts by id. Arguments: time-out (ms), id, facts.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local timeout = tonumber(ARGV[1])
local function instant(ms) return string.format('%.0f', ms) end
if ARGV[2] then
  redis.call('ZADD', KEYS[1], instant(now), ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], instant(10 * timeout))
  redis.call('PEXPIRE', KEYS[2], instant(10 * timeout))
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', instant(now - 10 * timeout))) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
local facts = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. instant(now - timeout), '+inf')) do
  table.insert(facts, redis.call('HGET', KEYS[2], id))
end
return facts
`;

/** Members are a sorted set of Redis by the instant of their renewal, by its clock: one trip for all, however full the database is. */
export const createRedisZsetDriver = (
  address: string,
  { cluster, timeout }: ClusterOptions,
): MembershipDriver => {
  const redis = createRedisClient(address, ['redis+zset', 'rediss+zset'], timeout);
  // The braces keep both on one server of a Redis cluster.
  const keys = ['members', 'facts'].map((name) => `{synergy:${keyPart(cluster)}}:${name}`);
  const [members = '', facts = ''] = keys;
  const run = (...member: string[]): Promise<unknown> =>
    redis.call((client) => client.eval(script, { keys, arguments: [String(timeout), ...member] }));
  return {
    name: 'redis+zset',
    leastTimeout: 500,
    beat: async (self) => {
      await run(self.id, writeMember(self));
    },
    leave: async ({ id }) => {
      await redis.call((client) => client.multi().zRem(members, id).hDel(facts, id).exec());
    },
    list: async () => readMembers(((await run()) as unknown[]).filter((text) => typeof text === 'string')),
    close: () => Promise.resolve(redis.close()),
  };
};
