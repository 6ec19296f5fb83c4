import { join } from 'node:path';
import winston from 'winston';
import type { Logger } from '../domain/logger.ts';
import type { Settings } from '../settings.ts';

const FILE_BYTES = 10_000_000;
const FILES = 5;

const { combine, timestamp, json, printf } = winston.format;

const file = ({ dataDir }: Settings, unit: string) =>
  new winston.transports.File({
    filename: join(dataDir, 'logs', `${unit}.log`),
    maxsize: FILE_BYTES,
    maxFiles: FILES,
    tailable: true,
    format: combine(timestamp(), json()),
  });

const errors = (unit: string) =>
  new winston.transports.Console({
    level: 'error',
    stderrLevels: ['error'],
    format: printf(({ message }) => `${unit}: ${String(message)}`),
  });

/** A log for one unit: JSON lines in `<dataDir>/logs/<unit>.log`, rotated; errors on standard error as well. */
export const createLogger = (settings: Settings, unit: string): Logger => {
  const logger = winston.createLogger({ level: settings.logLevel, defaultMeta: { unit } });
  logger.pipe(file(settings, unit));
  logger.pipe(errors(unit));
  return {
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
  };
};
