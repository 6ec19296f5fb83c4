import { noEtcdServer, startEtcdServer } from '../support/etcd-server.ts';
import { membershipContract } from './membership-contract.ts';

membershipContract('etcd', {
  missing: noEtcdServer,
  // It ends leases up to a second after their time, and grants no part of a second.
  slack: 5_000,
  start: async () => {
    const server = await startEtcdServer();
    return {
      port: server.port,
      place: (port = server.port) => ({ address: `etcd://127.0.0.1:${port}` }),
      restartEmpty: () => server.empty(),
      stop: () => server.kill(),
    };
  },
});
