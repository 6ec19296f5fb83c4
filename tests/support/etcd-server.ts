import { freePort } from './free-port.ts';
import { answers, onPath, startServer } from './own-server.ts';
import type { OwnServer, SecureListener } from './own-server.ts';

const program = onPath('etcd');

/** Why there can be no server of the test's own; undefined when there can. */
export const noEtcdServer: string | undefined =
  program === undefined ? 'etcd is not installed, see scripts/install-services.sh' : undefined;

/** Starts a cluster of one; `secure` is where it listens besides. */
export const startEtcdServer = async (secure?: SecureListener): Promise<OwnServer> => {
  const port = await freePort();
  const [clients, peers] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${await freePort()}`];
  const tls = secure === undefined ? [] : ['--cert-file', secure.cert, '--key-file', secure.key];
  const listeners = secure === undefined ? clients : `${clients},https://127.0.0.1:${secure.port}`;
  return startServer({
    program: program ?? '',
    port,
    isReady: () => answers(`${clients}/health`, /"true"/),
    args: (folder) => [
      ...['--name', 'test', '--data-dir', folder, '--logger', 'zap', '--log-level', 'error'],
      ...['--listen-client-urls', listeners, '--advertise-client-urls', clients],
      ...['--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers],
      ...['--initial-cluster', `test=${peers}`, ...tls],
    ],
  });
};

/** Asks etcd by its JSON API. */
export const askEtcd = async (port: number, path: string, body: object): Promise<unknown> =>
  (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
