import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SynergyError } from '../domain/errors.ts';
import { answerClientError } from './http/client-error.ts';
import { makeApp } from './app.ts';
import { ownRequest } from './http/request-context.ts';
import { openEventStream } from './http/event-stream.ts';
import { openWebSockets } from './http/web-socket.ts';
import type { Logger } from '../domain/logger.ts';
import type { SiteContext } from './pages/page.ts';
import type { ApiFor } from '../scheduler/api/api.ts';

/** How MX is started: what it shows (see `PageContext`), where it listens, where it writes its log. */
export interface MxOptions extends SiteContext {
  readonly apiFor: ApiFor;
  /** Loopback only: nothing is exposed without authentication, which does not exist yet. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly logger: Logger;
}

/** A running dashboard. */
export interface Mx {
  /** `http://127.0.0.1:5000/`. */
  readonly url: string;
  /** Ends live streams and open connections at once. */
  stop(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });

/** Starts the dashboard and the HTTP API. Throws PORT_IN_USE, INVALID_SETTING for an address that is not loopback. */
export const startMx = async ({ host, port, logger, apiFor, ...site }: MxOptions): Promise<Mx> => {
  if (!LOOPBACK.has(host)) {
    throw new SynergyError(
      'INVALID_SETTING',
      `the dashboard cannot listen on '${host}': there is no authentication yet, so it stays on 127.0.0.1`,
    );
  }
  const events = openEventStream(apiFor(ownRequest));
  const sockets = openWebSockets(events);
  const stopLive = (): void => {
    events.stop();
    sockets.stop();
  };
  const server = createServer();
  const actualPort = (): number => (server.address() as AddressInfo | null)?.port ?? port;
  server.on('clientError', answerClientError);
  const app = makeApp({ site, apiFor, live: { events, sockets }, logger, host, port: actualPort });
  server.on('request', app);
  server.on('upgrade', sockets.upgrade(app));
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    stopLive();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SynergyError(
      'PORT_IN_USE',
      `port ${port} on ${host} is taken: stop what uses it, or choose another with --mx-port`,
      { cause: error },
    );
  }
  // A connection that could not be taken, as for want of file descriptors, must not end the scheduler.
  server.on('error', (error) => logger.error(`dashboard: ${error.message}`));
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort()}/`;
  logger.info(`dashboard at ${url}`);
  let stopped: Promise<void> | undefined;
  return {
    url,
    stop: () => {
      stopLive();
      return (stopped ??= close(server));
    },
  };
};
