import {
  MongoBulkWriteError,
  MongoCompatibilityError,
  MongoError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { SynergyError } from '../../domain/errors.ts';
import { oneLine } from '../../domain/one-line.ts';

const DUPLICATE_KEY = 11_000;
const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;

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

/** Whether asking again may help. What was asked for may have happened all the same. */
export const isPassing = (error: unknown): boolean => {
  if (!(error instanceof MongoError)) return isCut(error);
  if (passingKinds.some((kind) => error instanceof kind)) return true;
  if (passingLabels.some((label) => error.hasErrorLabel(label))) return true;
  if (error instanceof MongoBulkWriteError) {
    // A command of the bulk that failed as a whole is in there without being told apart; only its code is left.
    const codes = writeErrorsOf(error).map(({ code }) => code);
    if (codes.length > 0) return codes.every((code) => code === DUPLICATE_KEY || passingCodes.has(code));
    return error.code === undefined || passingCodes.has(Number(error.code));
  }
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

const isRefusal = (error: unknown): error is MongoServerError =>
  error instanceof MongoServerError && [UNAUTHORIZED, AUTHENTICATION_FAILED].includes(Number(error.code));

/** What the store says of an error of the driver, in one line; anything else stays as it is. `where`: without secrets. */
export const toStoreError = (error: unknown, where: string): unknown => {
  if (!(error instanceof MongoError) && !isCut(error)) return error;
  const because = oneLine(error.message);
  if (error instanceof MongoCompatibilityError) {
    return new SynergyError(
      'STORE_REFUSED',
      `${where} is too old (${because}): MongoDB 4.4 or newer is needed`,
      {
        cause: error,
      },
    );
  }
  if (error instanceof MongoParseError || error instanceof MongoInvalidArgumentError) {
    return new SynergyError('INVALID_SETTING', `store '${where}' is not an address of MongoDB: ${because}`);
  }
  if (isRefusal(error)) {
    const advice =
      error.code === UNAUTHORIZED
        ? `the user lacks a right: grant the role readWrite on the database`
        : `the credentials are wrong: see to user, password and authSource in the address`;
    return new SynergyError('STORE_REFUSED', `${where} refuses (${because}): ${advice}`, { cause: error });
  }
  if (isPassing(error)) {
    const advice = 'see that the server runs and can be reached from here';
    return new SynergyError('STORE_UNREACHABLE', `${where} does not answer (${because}): ${advice}`, {
      cause: error,
    });
  }
  return error;
};
