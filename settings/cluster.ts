import { clusterAddress, clusterText, duration, texts } from './values.ts';

/** A server is asked three times within it, and an answer takes its time. */
const LEAST_TIMEOUT = 1_000;

/** Settings of membership: which services of an installation see each other, and by what. */
export const clusterSettings = {
  cluster: clusterAddress.default('auto').register(texts, {
    description:
      'How services see which others run: `store` by records in the store, `local` not at all, or by a server, `redis://…`, `redis+zset://…` (a sorted set), `etcd://…` or `consul://…`, with an `s` behind the first word for TLS (`rediss://…`, `etcds://…`). `auto` is `store` where several boxes may share the store, and `local` else. What is seen is a hint: a server that is away stops nothing. A password is best kept in a file (`file:` and its path).',
    expected:
      "'auto', 'local', 'store', an address such as redis://host:6379, redis+zset://host:6379, etcd://host:2379 or consul://host:8500, or file: and the path of a file that holds one",
    example: 'redis://synergy:secret@redis.internal:6379',
    secret: true,
  }),
  clusterName: clusterText.default('synergy').register(texts, {
    description: 'Services see those of the same name alone, where several installations share a server.',
    expected: 'up to 100 characters on one line',
    example: 'synergy-billing',
  }),
  memberTimeout: duration
    .refine((ms) => ms >= LEAST_TIMEOUT)
    .default(3_000)
    .register(texts, {
      description:
        'Time after which a service that does not renew its membership is taken for gone; it does so every third of it.',
      expected: 'a duration of at least 1s, such as 3s',
      example: '10s',
    }),
};
