import { once } from 'node:events';
import { join } from 'node:path';
import winston from 'winston';
import type { LogFields, Logger } from '../domain/logger.ts';
import { PRIVATE_FILE, makePrivateSubfolder } from '../lib/os/private-folder.ts';
import { within } from '../lib/sleep.ts';
import type { Settings } from '../settings.ts';
import { shownOn } from '../lib/terminal/output.ts';

const FILE_BYTES = 10_000_000;
const FILES = 5;
/** A disk that takes no more is not waited for any longer, ms. */
const FLUSH_PATIENCE = 2_000;

/** A log that has to be closed: what was logged last is still on its way to the file. */
export interface ServiceLog extends Logger {
  /** Resolves when every line is in the file, or does not get there; never rejects. Lines that come later are dropped. */
  close(): Promise<void>;
}

const { combine, timestamp, json, printf } = winston.format;

const file = ({ dataDir }: Pick<Settings, 'dataDir'>, service: string) => {
  makePrivateSubfolder(join(dataDir, 'logs'));
  return new winston.transports.File({
    filename: join(dataDir, 'logs', `${service}.log`),
    maxsize: FILE_BYTES,
    maxFiles: FILES,
    tailable: true,
    options: { flags: 'a', mode: PRIVATE_FILE },
    format: combine(timestamp(), json()),
  });
};

const errors = (service: string) =>
  new winston.transports.Console({
    level: 'error',
    stderrLevels: ['error'],
    format: printf(({ message }) => shownOn(process.stderr, `${service}: ${String(message)}`)),
  });

const flush = async (logger: winston.Logger): Promise<void> => {
  const finished = once(logger, 'finish').catch(() => undefined);
  logger.end();
  await within(FLUSH_PATIENCE, finished);
};

/** A log for one service: JSON lines in `<dataDir>/logs/<service>.log`, rotated; errors on standard error as well. */
export const createLogger = (
  settings: Pick<Settings, 'dataDir' | 'logLevel'>,
  service: string,
): ServiceLog => {
  const logger = winston.createLogger({ level: settings.logLevel, defaultMeta: { service } });
  logger.pipe(file(settings, service));
  logger.pipe(errors(service));
  let closed: Promise<void> | undefined;
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      if (closed === undefined) logger[level](message, fields);
    };
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    close: () => (closed ??= flush(logger)),
  };
};
