import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer } from 'node:https';
import type { Server, ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { SynergyError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/logger.ts';

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** How often it is looked whether certificate or key have changed. Milliseconds. */
const INTERVAL = 2_000;

const read = (setting: string, path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SynergyError(
      'INVALID_SETTING',
      `${setting} '${path}' cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}): expected a file in PEM`,
    );
  }
};

const load = (files: TlsFiles) => {
  const pair = { cert: read('mxTlsCert', files.cert), key: read('mxTlsKey', files.key) };
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new SynergyError(
      'INVALID_SETTING',
      `mxTlsCert '${files.cert}' and mxTlsKey '${files.key}' are of no use together (${(error as Error).message}): expected a certificate with its chain, and its key, in PEM`,
    );
  }
};

/**
 * A server that ends TLS. It takes a new certificate as soon as its files have changed; connections that there are keep
 * theirs. Throws INVALID_SETTING for files that are of no use; later it goes on with those before.
 */
export const createTlsServer = (
  files: TlsFiles,
  limits: ServerOptions,
  logger: Logger,
): { readonly server: Server; readonly stop: () => void } => {
  const server = createServer({ ...limits, ...load(files), minVersion: 'TLSv1.2' });
  const reload = (): void => {
    try {
      server.setSecureContext({ ...load(files), minVersion: 'TLSv1.2' });
      logger.info(`dashboard: took the certificate ${files.cert} anew`);
    } catch (error) {
      logger.warn(`dashboard: goes on with the certificate that it has: ${(error as Error).message}`);
    }
  };
  const paths = [files.cert, files.key];
  for (const path of paths) watchFile(path, { interval: INTERVAL, persistent: false }, reload);
  return {
    server,
    stop: () => {
      for (const path of paths) unwatchFile(path, reload);
    },
  };
};
