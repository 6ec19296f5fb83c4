import { ProtocolError } from '@platformatic/kafka';
import type { Receipt } from '../../../domain/event/verdict.ts';
import { oneLine } from '../../../domain/one-line.ts';
import { hopeless, retryLater } from '../courier.ts';
import { receiptOfFailure } from '../failure.ts';

/** What an error of the client stems from: it wraps those of the system and the words of the broker in several of its own. */
export const causeOf = (error: unknown): unknown => {
  if (error instanceof AggregateError && error.errors.length > 0) return causeOf(error.errors.at(-1));
  if (error instanceof Error && error.cause instanceof Error) return causeOf(error.cause);
  return error;
};

/** What a broker says of a record that it will not take however often it is asked. */
const unfit: readonly unknown[] = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP'];

/** What an attempt got that ended in an error with such a cause. */
export const receiptOfCause = (cause: unknown): Receipt => {
  if (!(cause instanceof ProtocolError)) return receiptOfFailure(cause);
  const { apiId, serverErrorMessage, message } = cause as { [name: string]: unknown; message: string };
  const words = oneLine(typeof serverErrorMessage === 'string' ? serverErrorMessage : message);
  const summary = `the broker refused it: ${String(apiId)} - ${words}`;
  return unfit.includes(apiId) ? hopeless(summary) : retryLater(summary);
};
