import { STATUS_CODES } from 'node:http';
import { SynergyError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import { InvalidScheduleError } from '../../domain/schedule/recurrence.ts';
import type { SchedulePart } from '../../domain/schedule/recurrence.ts';
import { statusOf } from './error-status.ts';
import type { HttpCode } from './error-status.ts';

/** A refusal of the web server: nothing of the product was asked yet. */
export class HttpError extends Error {
  readonly code: HttpCode;
  /** Of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

const problem = (code: ErrorCode | HttpCode, detail: string) => {
  const status = statusOf(code);
  const type = `urn:synergy:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title: STATUS_CODES[status] ?? 'Error', status, code, detail };
};

/** What a failed request is answered with: RFC 9457 `application/problem+json`, or a page that says the same. */
export interface Problem extends ReturnType<typeof problem> {
  /** Of a repeating interval: the part that is wrong, and the right text that is nearest. */
  readonly part?: SchedulePart;
  readonly nearest?: string;
}

/** The refusal of a method that a path does not take, with those that it does. */
export const methodNotAllowed = (given: string, taken: readonly string[]): HttpError => {
  const methods = taken.join(', ');
  return new HttpError('METHOD_NOT_ALLOWED', `${given} is not taken here: expected ${methods}`, {
    Allow: methods,
  });
};

/** Express's body parser throws errors with a `type` and a `status` of their own. */
const parserCodes: Readonly<Record<number, HttpCode>> = {
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
};

const parserStatus = (error: unknown): number | undefined => {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  return error.status >= 400 && error.status < 500 ? error.status : undefined;
};

/** Turns whatever was thrown into an answer. What was not foreseen stays in the log: the answer tells nothing of it. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof InvalidScheduleError)
    return { ...problem(error.code, error.message), ...error.correction };
  if (error instanceof HttpError || error instanceof SynergyError) return problem(error.code, error.message);
  const status = parserStatus(error);
  if (status !== undefined) {
    const detail = `the request cannot be read: ${(error as Error).message}`;
    return problem(parserCodes[status] ?? 'BAD_REQUEST', detail);
  }
  return problem('INTERNAL', 'this should not have happened; the log of the scheduler says more');
};
