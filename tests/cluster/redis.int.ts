import { noRedisServer, startRedisServer } from '../support/redis-server.ts';
import { membershipContract } from './membership-contract.ts';

for (const name of ['redis', 'redis+zset']) {
  membershipContract(name, {
    missing: noRedisServer,
    start: async () => {
      const server = await startRedisServer();
      return {
        port: server.port,
        place: (port = server.port) => ({ address: `${name}://127.0.0.1:${port}/3` }),
        restartEmpty: () => server.empty(),
        stop: () => server.kill(),
      };
    },
  });
}
