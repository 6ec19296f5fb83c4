/**
 * Every error the product raises on purpose carries one of these codes. The meanings are printed in
 * `docs/errors.md`; a test holds the table and the page together.
 */
export const errorCodes = {
  INVALID_TIMEPERIOD: 'A timeperiod is malformed or does not fit its qualifier.',
  INVALID_GROUPING: 'A time grouping is outside the range its qualifier allows.',
  INVALID_SCHEDULE: 'A schedule text is in none of the four grammars, or out of range.',
  ILLEGAL_TRANSITION: 'A state machine was sent an event its current state does not accept.',
  INVALID_CONTEXT: 'The process context is contradictory: names, trees, dependencies or entries.',
  QUALIFIER_CHANGED: 'A process has another qualifier than its jobs in the store.',
  INVALID_SETTING: 'A setting is unknown, has the wrong type or is out of range.',
  INVALID_ARGUMENT: 'A command was given an argument it cannot work with.',
  UNFIT_VALUE: 'A free-form value (arguments, row, document) is nested too deep, too large or not JSON.',
  VALUE_UNREADABLE: 'A stored value cannot be read back; `synergy db check --repair` sets it aside.',
  NOT_FOUND: 'No process, tree, job, unit of work, entry, account, session or token has this name.',
  CONFLICT: 'The thing changed since it was read; read it again and repeat.',
  LAST_ADMIN: 'The only admin was to be removed, or to be an admin no more.',
  PASSWORD_UNFIT: 'A password is too short, too long, the name of its account, or one character repeated.',
  VERSION_CHANGED:
    'A command was given for another version of the thing than it has; the version it has is shown.',
  PLAN_CHANGED: 'A plan no longer matches what it was made from; the new plan is shown.',
  INVALID_TARGET: 'The target of an event trigger is malformed: its address, a header or an option.',
  TARGET_NOT_ALLOWED: 'The target of an event trigger is no address that may be called.',
  SECRET_UNREADABLE:
    'A secret of event triggers cannot be opened or kept: its key is missing or another one, or its record was changed.',
  STORE_LOCKED: 'Another process holds the store.',
  DEPOSED: 'A scheduler wrote although another one leads since: it has to end.',
  STANDING_BY:
    'A scheduler that stands by was asked for what only the one at work does; asking again may help.',
  STORE_VERSION: 'The store was written by another version of this program.',
  STORE_UNREADABLE: 'The store cannot be opened or is damaged.',
  FOLDER_UNSAFE: 'The data folder, or a file in it, belongs to another user, or others may write to it.',
  STORE_NOT_EMPTY: 'A copy was asked for into a store that has records already.',
  COPY_UNFINISHED: 'The store holds a copy of another one that is not finished.',
  COPY_DIFFERS: 'A copied store does not hold what its source holds.',
  STORE_UNREACHABLE: 'The server of the store does not answer; asking again may help.',
  STORE_REFUSED: 'The server of the store will not do: credentials, rights, version or settings.',
  QUEUE_UNREACHABLE: 'The server of the queue does not answer; asking again may help.',
  QUEUE_REFUSED:
    'The server of the queue will not do: credentials, rights, version, or a queue of other arguments.',
  CLUSTER_UNREACHABLE: 'The server of the membership does not answer; it is asked again.',
  CLUSTER_REFUSED:
    'The server of the membership will not do: credentials, rights, version, or another server.',
  SOURCE_UNREADABLE: 'An input file cannot be read.',
  PORT_IN_USE: 'The address of the dashboard is taken.',
  WORKER_FAILED: 'A worker could not be loaded or started.',
  STOPPED: 'The service was asked while it was stopping or stopped.',
} as const;

/** Code of an error, stable across versions: scripts and the HTTP API rely on it. */
export type ErrorCode = keyof typeof errorCodes;

/** Base of all deliberate errors. `message` is one line for people: expected, given, what to do. */
export class SynergyError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SynergyError';
    this.code = code;
  }
}

/** A malformed timeperiod, or one that does not fit its qualifier. */
export class InvalidTimeperiodError extends SynergyError {
  constructor(qualifier: string, timeperiod: string, expected: string) {
    super('INVALID_TIMEPERIOD', `timeperiod '${timeperiod}' is not ${qualifier}: expected ${expected}`);
    this.name = 'InvalidTimeperiodError';
  }
}

/** A write of a scheduler after another one has begun to lead. */
export class DeposedError extends SynergyError {
  constructor(epoch: number) {
    super('DEPOSED', `epoch ${epoch} is over: another scheduler leads on this store since`);
    this.name = 'DeposedError';
  }
}

/** Whether an error of this code tells of a server that is away. */
export const isOutage = (code: ErrorCode): boolean =>
  code === 'STORE_UNREACHABLE' || code === 'QUEUE_UNREACHABLE';
