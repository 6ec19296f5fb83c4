import { noConsulServer, startConsulServer } from '../support/consul-server.ts';
import { membershipContract } from './membership-contract.ts';

membershipContract('consul', {
  missing: noConsulServer,
  start: async () => {
    const server = await startConsulServer();
    return {
      port: server.port,
      place: (port = server.port) => ({ address: `consul://127.0.0.1:${port}` }),
      restartEmpty: () => server.empty(),
      stop: () => server.kill(),
    };
  },
});
