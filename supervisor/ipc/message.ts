import type { ErrorCode } from '../../domain/errors.ts';
import type { Json } from '../../domain/model/process.ts';

/**
 * Supervisor to service. `brief` is what the root prepared for the service; the supervisor does not look inside. `stop` is for
 * one that it did not expect.
 */
export type ToService =
  { readonly type: 'begin'; readonly owner: string; readonly brief: Json } | { readonly type: 'stop' };

/** First words of a service to a supervisor. */
export interface Hello {
  readonly type: 'hello';
  /** Proves which service it is: known to the supervisor and the user of the service alone. */
  readonly mark: string;
  /** Whether it was told to begin, by this supervisor or an earlier one. */
  readonly begun: boolean;
}

/** Service to supervisor. `refused`: a deliberate error, in one line; `news`: for the process that started the supervisor. */
export type FromService =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'news'; readonly news: Json };

/** What people want of a service, kept as a fact of the store; a later `at` is a new request. */
export interface DesiredState {
  readonly desired: 'on' | 'off';
  /** Instant, ms. */
  readonly at: number;
  /** A running service is stopped and started once for this request. */
  readonly restart: boolean;
}

/** Name of the fact that holds the desired state of a service of a box. */
export const desiredStateFact = (boxId: string, service: string): string => `wish/${boxId}/${service}`;
export const isDesiredStateFact = (fact: string): boolean => fact.startsWith('wish/');
