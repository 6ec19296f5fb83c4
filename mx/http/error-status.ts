import type { ErrorCode } from '../../domain/errors.ts';

/** Refusals that only exist over HTTP, with status and meaning; printed in `docs/errors.md`, and as stable as the product's own codes. */
export const httpErrors = {
  BAD_REQUEST: { status: 400, meaning: 'The request is not of the form that is expected here.' },
  UNAUTHENTICATED: { status: 401, meaning: 'This needs an account: a session or a token that is valid now.' },
  INSECURE: { status: 403, meaning: 'The request came over the network without TLS, or past the proxy.' },
  FORBIDDEN: {
    status: 403,
    meaning: 'The role of the account, or the scope of the token, does not allow this.',
  },
  CROSS_ORIGIN: { status: 403, meaning: 'A page of another site asked for a change, or for a WebSocket.' },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'A method that this path does not take: `Allow` names those that it does.',
  },
  REQUEST_TOO_SLOW: { status: 408, meaning: 'The request did not come to its end in time.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body of the request is larger than is read here.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body of the request is not of a type that is read here.',
  },
  WRONG_HOST: { status: 421, meaning: 'The request was addressed to a name that is not ours.' },
  UPGRADE_REQUIRED: {
    status: 426,
    meaning: 'This path speaks WebSocket, and the request does not ask for one.',
  },
  TOO_MANY_TRIES: {
    status: 429,
    meaning: 'Too many requests with tokens that are not valid came from this address.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The head of the request is larger than is read here.' },
  INTERNAL: { status: 500, meaning: 'Something that was not foreseen; the log of the scheduler says more.' },
  PROVIDER_UNREACHABLE: {
    status: 503,
    meaning: 'The OpenID provider that users sign in with does not answer.',
  },
  TOO_MANY_STREAMS: {
    status: 503,
    meaning: 'More pages and clients listen for live events than are served.',
  },
} as const;

export type HttpCode = keyof typeof httpErrors;

/** Of the product's own refusals; what is not here is not what a client did, and is answered with 500. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  INVALID_TIMEPERIOD: 400,
  INVALID_GROUPING: 400,
  INVALID_SCHEDULE: 400,
  INVALID_ARGUMENT: 400,
  UNFIT_VALUE: 400,
  PASSWORD_UNFIT: 400,
  INVALID_TARGET: 400,
  TARGET_NOT_ALLOWED: 400,
  NOT_FOUND: 404,
  ILLEGAL_TRANSITION: 409,
  CONFLICT: 409,
  LAST_ADMIN: 409,
  PLAN_CHANGED: 409,
  VERSION_CHANGED: 412,
  STORE_LOCKED: 503,
  DEPOSED: 503,
  STANDING_BY: 503,
  STORE_UNREACHABLE: 503,
  STORE_REFUSED: 503,
  QUEUE_UNREACHABLE: 503,
  QUEUE_REFUSED: 503,
  STOPPED: 503,
};

const isHttpCode = (code: string): code is HttpCode => Object.hasOwn(httpErrors, code);

/** HTTP status that a code is answered with. */
export const statusOf = (code: ErrorCode | HttpCode): number =>
  isHttpCode(code) ? httpErrors[code].status : (statuses[code] ?? 500);
