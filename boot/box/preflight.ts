import { accessSync, constants, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { SynergyError } from '../../domain/errors.ts';
import { makePrivateFolder } from '../../lib/os/private-folder.ts';
import type { Settings } from '../../settings.ts';

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

/** Throws `SOURCE_UNREADABLE` unless the access log can be read. */
export const checkAccessLog = ({ accessLog }: Settings): void => {
  if (accessLog === undefined) return;
  try {
    accessSync(accessLog, constants.R_OK);
  } catch (error) {
    throw new SynergyError(
      'SOURCE_UNREADABLE',
      `access log '${accessLog}' cannot be read (${reasonOf(error)}): expected a readable file`,
    );
  }
  if (!statSync(accessLog).isFile()) {
    throw new SynergyError('SOURCE_UNREADABLE', `access log '${accessLog}' is not a file`);
  }
};

/** Makes the data folder. Throws `STORE_UNREADABLE` unless it can be written to, `FOLDER_UNSAFE` when others may. */
export const checkDataDir = ({ dataDir }: Settings): void => {
  try {
    makePrivateFolder(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof SynergyError) throw error;
    throw new SynergyError(
      'STORE_UNREADABLE',
      `data folder '${dataDir}' cannot be used (${reasonOf(error)}): expected a folder that may be written to; choose one with --data-dir`,
    );
  }
};

const portError = ({ mxHost, mxPort }: Settings, error: unknown): SynergyError =>
  new SynergyError(
    'PORT_IN_USE',
    reasonOf(error) === 'EADDRINUSE'
      ? `port ${mxPort} of ${mxHost} is in use: stop what listens there, or choose another with --mx-port (0 takes any that is free)`
      : `the dashboard cannot listen on ${mxHost}:${mxPort} (${reasonOf(error)}): choose another port with --mx-port`,
  );

/** Throws `PORT_IN_USE` unless the dashboard could listen now. */
export const checkPort = (settings: Settings): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => reject(portError(settings, error)));
    probe.listen({ host: settings.mxHost, port: settings.mxPort, exclusive: true }, () =>
      probe.close(() => resolve()),
    );
  });
