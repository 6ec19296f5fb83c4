import { SynergyError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** Codes of refusals that only exist over HTTP; beside the product's own codes they are as stable. */
export type HttpCode =
  | 'BAD_REQUEST'
  | 'CROSS_ORIGIN'
  | 'WRONG_HOST'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'INTERNAL';

/** What a failed request is answered with: RFC 9457 `application/problem+json`, or a page that says the same. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode | HttpCode;
  readonly detail: string;
}

/** A refusal at the door: nothing of the product's was asked yet. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: HttpCode;

  constructor(status: number, code: HttpCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  500: 'Internal error',
  503: 'Not available',
};

const statusOf: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_TIMEPERIOD: 400,
  INVALID_GROUPING: 400,
  INVALID_SCHEDULE: 400,
  INVALID_ARGUMENT: 400,
  NOT_FOUND: 404,
  ILLEGAL_TRANSITION: 409,
  CONFLICT: 409,
  PLAN_CHANGED: 409,
  STORE_LOCKED: 503,
  STORE_UNREACHABLE: 503,
  STORE_REFUSED: 503,
  QUEUE_UNREACHABLE: 503,
  QUEUE_REFUSED: 503,
  STOPPED: 503,
};

const problem = (status: number, code: Problem['code'], detail: string): Problem => ({
  type: `urn:synergy:problem:${code.toLowerCase().replaceAll('_', '-')}`,
  title: titles[status] ?? 'Error',
  status,
  code,
  detail,
});

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
  if (error instanceof HttpError) return problem(error.status, error.code, error.message);
  if (error instanceof SynergyError) return problem(statusOf[error.code] ?? 500, error.code, error.message);
  const status = parserStatus(error);
  if (status !== undefined) {
    return problem(
      status,
      parserCodes[status] ?? 'BAD_REQUEST',
      `the request cannot be read: ${(error as Error).message}`,
    );
  }
  return problem(500, 'INTERNAL', 'this should not have happened; the log of the scheduler says more');
};
