import {
  MongoBulkWriteError,
  MongoCompatibilityError,
  MongoError,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { SynergyError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { oneLine } from '../../domain/one-line.ts';

const DUPLICATE_KEY = 11_000;

/** Codes of the server that say "not now" or "perhaps": an election, a shutdown, a time-out, a write not confirmed. */
const passingCodes = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  9001, // SocketException
  10_107, // NotWritablePrimary
  10_058, // an older name of it
  11_600, // InterruptedAtShutdown
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
]);

const passingLabels = ['RetryableWriteError', 'RetryableError', 'TransientTransactionError', 'ResetPool'];

const passingKinds = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoExpiredSessionError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
];

/** Writing to a connection in the moment of its end rejects with an error of Node's own, which the driver hands on. */
const cutCodes = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'];

const isCut = (error: unknown): error is Error =>
  error instanceof Error && cutCodes.includes(String((error as NodeJS.ErrnoException).code));

const writeErrorsOf = (error: MongoBulkWriteError) => [error.writeErrors].flat();

/**
 * What made a bulk fail is in there without being told apart: either its operations failed, each with a code of the
 * server, or a command as a whole; with a code of the server, or none of the server's when the connection was cut.
 */
const isPassingBulk = (error: MongoBulkWriteError): boolean => {
  const codes = writeErrorsOf(error).map(({ code }) => code);
  if (codes.length > 0) return codes.every((code) => code === DUPLICATE_KEY || passingCodes.has(code));
  return typeof error.code !== 'number' || passingCodes.has(error.code);
};

/** Whether asking again may help. What was asked for may have happened all the same. */
export const isPassing = (error: unknown): boolean => {
  if (!(error instanceof MongoError)) return isCut(error);
  if (passingKinds.some((kind) => error instanceof kind)) return true;
  if (passingLabels.some((label) => error.hasErrorLabel(label))) return true;
  if (error instanceof MongoBulkWriteError) return isPassingBulk(error);
  return error instanceof MongoServerError && passingCodes.has(Number(error.code));
};

/** Whether all that failed is that some of the documents are there already. */
export const isDuplicate = (error: unknown): error is MongoServerError => {
  if (!(error instanceof MongoBulkWriteError))
    return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
  const errors = writeErrorsOf(error);
  const isConfirmed = error.result.getWriteConcernError() === undefined;
  return isConfirmed && errors.length > 0 && errors.every(({ code }) => code === DUPLICATE_KEY);
};

const isOutdated = (error: Error): boolean =>
  error instanceof MongoCompatibilityError || error.cause instanceof MongoCompatibilityError;

/** Unauthorized, and AuthenticationFailed. */
const advices: Readonly<Record<number, string>> = {
  13: 'the user lacks a right: grant the role readWrite on the database',
  18: 'the credentials are wrong: see to user, password and authSource in the address',
};

/** What the store says of an error of the driver, in one line; anything else stays as it is. `where`: without secrets. */
export const toStoreError = (error: unknown, where: string): unknown => {
  if (!(error instanceof MongoError) && !isCut(error)) return error;
  const because = oneLine(error.message);
  const tell = (code: ErrorCode, text: string) =>
    new SynergyError(code, `${where} ${text}`, { cause: error });
  if (isOutdated(error))
    return tell('STORE_REFUSED', `is too old (${because}): MongoDB 4.4 or newer is needed`);
  const advice = error instanceof MongoServerError ? advices[Number(error.code)] : undefined;
  if (advice !== undefined) return tell('STORE_REFUSED', `refuses (${because}): ${advice}`);
  if (!isPassing(error)) return error;
  const text = `does not answer (${because}): see that the server runs and can be reached from here`;
  return tell('STORE_UNREACHABLE', text);
};

/** Two who make the same document at once: the later one finds it there, and changes it. */
export const again = <T>(attempt: () => Promise<T>): Promise<T> =>
  attempt().catch((error: unknown) => {
    if (isDuplicate(error)) return attempt();
    throw error;
  });
