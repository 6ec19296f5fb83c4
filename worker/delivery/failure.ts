import { SynergyError } from '../../domain/errors.ts';
import type { Receipt } from '../../domain/event/verdict.ts';
import { oneLine } from '../../domain/one-line.ts';
import { hopeless, retryLater } from './courier.ts';

/** What errors of the system and of the HTTP client mean, by their codes. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed before the answer',
  EPIPE: 'connection closed before the answer',
  UND_ERR_SOCKET: 'connection closed before the answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be resolved at the moment',
  EHOSTUNREACH: 'no route to its address',
  ENETUNREACH: 'no route to its address',
};

/** Of requests that cannot be sent, whenever. */
const unfit = ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED', 'ERR_INVALID_CHAR', 'ERR_INVALID_URL'];

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? '';

const messageOf = (error: unknown): string => {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const text =
    first instanceof Error ? first.message : error instanceof Error ? error.message : String(error);
  return oneLine(text);
};

/** What an attempt got that ended in an error. */
export const receiptOfFailure = (error: unknown): Receipt => {
  if (error instanceof SynergyError) return hopeless(error.message);
  const code = codeOf(error);
  if (unfit.includes(code)) return hopeless(`cannot be sent: ${messageOf(error)}`);
  const meaning = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  const text = messageOf(error);
  return retryLater(`no answer: ${meaning === undefined ? text : `${meaning} (${text})`}`);
};
