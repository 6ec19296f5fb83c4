import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { answers, onPath, startServer } from './own-server.ts';
import type { OwnServer, SecureListener } from './own-server.ts';
import { tempFolder } from './temp-folder.ts';

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
// Where scripts/install-services.sh puts it.
const unpacked = join(cache, 'synergy-services', 'consul', 'usr', 'bin', 'consul');
const program = onPath('consul') ?? (existsSync(unpacked) ? unpacked : undefined);

/** Why there can be no server of the test's own; undefined when there can. */
export const noConsulServer: string | undefined =
  program === undefined ? 'Consul is not installed, see scripts/install-services.sh' : undefined;

/** Starts a server that is alone; with ACLs when there is a `token`, which may do everything. `secure` is where it listens besides. */
export const startConsulServer = async (token?: string, secure?: SecureListener): Promise<OwnServer> => {
  const port = await freePort();
  const file = join(tempFolder(), 'consul.json');
  const ports = { http: port, server: await freePort(), serf_lan: await freePort() };
  const own = {
    server: true,
    bootstrap_expect: 1,
    node_name: 'test',
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    log_level: 'ERR',
    disable_update_check: true,
    // It waits for no others before it leads.
    performance: { raft_multiplier: 1 },
    ports: { ...ports, https: secure?.port ?? -1, serf_wan: -1, dns: -1, grpc: -1 },
    ...(token === undefined
      ? {}
      : { acl: { enabled: true, default_policy: 'deny', tokens: { master: token, agent: token } } }),
    ...(secure === undefined ? {} : { cert_file: secure.cert, key_file: secure.key }),
  };
  const headers = token === undefined ? undefined : { 'x-consul-token': token };
  writeFileSync(file, JSON.stringify(own));
  return startServer({
    program: program ?? '',
    port,
    // Its node is registered some time after it leads, and there are no sessions before.
    isReady: () => answers(`http://127.0.0.1:${port}/v1/health/node/test`, /serfHealth/, headers),
    args: (folder) => ['agent', '-config-file', file, '-data-dir', folder],
  });
};
