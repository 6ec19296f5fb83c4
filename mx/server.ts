import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SynergyError } from '../domain/errors.ts';
import { checkExposure, hostText } from './access/exposure.ts';
import type { Exposure } from './access/exposure.ts';
import { createTlsServer } from './access/tls.ts';
import { answerClientError } from './http/client-error.ts';
import { makeApp } from './app.ts';
import { ownRequest } from './http/request-context.ts';
import { openEventStream } from './http/event-stream.ts';
import { openWebSockets } from './http/web-socket.ts';
import type { Logger } from '../domain/logger.ts';
import type { SiteContext } from './pages/page.ts';
import type { ApiFor } from '../scheduler/api/api.ts';

/** How MX is started: what it shows (see `PageContext`), where it listens and for whom, where it writes its log. */
export interface MxOptions extends SiteContext, Exposure {
  readonly apiFor: ApiFor;
  /** 0 takes any free port. */
  readonly port: number;
  readonly logger: Logger;
}

/** A running dashboard. */
export interface Mx {
  /** Where it listens: `http://127.0.0.1:5000/`. */
  readonly url: string;
  /** Ends live streams and open connections at once. */
  stop(): Promise<void>;
}

/** Who is slow with a request holds a connection for so long. Milliseconds. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const CHECK_INTERVAL = 2_000;
/** Open at a time; beyond it connections are closed as they come. */
const MAX_CONNECTIONS = 2_000;

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });

const limits = {
  headersTimeout: HEADERS_TIMEOUT,
  requestTimeout: REQUEST_TIMEOUT,
  connectionsCheckingInterval: CHECK_INTERVAL,
};

const openServer = ({ tls }: Exposure, logger: Logger): { server: Server; release: () => void } => {
  if (tls === undefined) return { server: createServer(limits), release: () => undefined };
  const { server, stop } = createTlsServer(tls, limits, logger);
  return { server, release: stop };
};

/**
 * Starts the dashboard and the HTTP API. Throws PORT_IN_USE; INVALID_SETTING for an address that others reach without TLS,
 * and for a certificate that is of no use.
 */
export const startMx = async (options: MxOptions): Promise<Mx> => {
  const { host, port, tls, proxy, publicUrl, logger, apiFor, ...site } = options;
  const exposure: Exposure = { host, tls, proxy, publicUrl };
  checkExposure(exposure);
  const { server, release } = openServer(exposure, logger);
  server.maxConnections = MAX_CONNECTIONS;
  const actualPort = (): number => (server.address() as AddressInfo | null)?.port ?? port;
  server.on('clientError', answerClientError);
  const events = openEventStream(apiFor(ownRequest));
  const sockets = openWebSockets(events);
  const end = (): void => {
    events.stop();
    sockets.stop();
    release();
  };
  try {
    const app = makeApp({ site, apiFor, live: { events, sockets }, logger, exposure, port: actualPort });
    server.on('request', app.listener);
    server.on('upgrade', sockets.upgrade(app.listener));
    server.once('close', app.stop);
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    end();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SynergyError(
      'PORT_IN_USE',
      `port ${port} on ${host} is taken: stop what uses it, or choose another with --mx-port`,
      { cause: error },
    );
  }
  // A connection that could not be taken, as for want of file descriptors, must not end the scheduler.
  server.on('error', (error) => logger.error(`dashboard: ${error.message}`));
  const url = `${tls === undefined ? 'http' : 'https'}://${hostText(host)}:${actualPort()}/`;
  logger.info(`dashboard at ${url}`);
  let stopped: Promise<void> | undefined;
  return {
    url,
    stop: () => {
      end();
      return (stopped ??= close(server));
    },
  };
};
