import { inspect } from 'node:util';
import type { Report } from '../../db/store.ts';
import { brokenOff, uncounted } from '../../domain/model/given-back.ts';
import type { RetryPolicy } from '../../domain/model/process.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { oneLine } from '../../domain/one-line.ts';
import { afterCrash } from '../../domain/strategy/crash.ts';
import { attemptsOf, retryDelay } from '../../domain/strategy/retry.ts';

/** How a run ended, before it is addressed to the store. */
export interface Outcome {
  readonly event: Report['event'];
  readonly processed: number;
  readonly aggregated: number;
  /** One line; with `fail` and `cancel`. */
  readonly error: string | null;
  /** A failure that is none of the unit's own: it may run again at once. */
  readonly retryNow?: boolean;
  /** The run died before it could say how it ended. */
  readonly crashed?: boolean;
  /** It did not die, but lost its lease, which says less against the unit. */
  readonly lapsed?: boolean;
  /** The handler never asked for its signal: it ended as it would have without. */
  readonly heedless?: boolean;
}

export interface Counts {
  readonly processed: number;
  readonly aggregated: number;
}

export const nothingCounted: Counts = { processed: 0, aggregated: 0 };

export const completed = (counts: Counts = nothingCounted): Outcome => ({
  event: 'complete',
  ...counts,
  error: null,
});
export const empty = (counts: Counts = nothingCounted): Outcome => ({
  event: 'empty',
  ...counts,
  error: null,
});
export const canceled = (why: string, counts: Counts = nothingCounted): Outcome => ({
  event: 'cancel',
  ...counts,
  error: oneLine(why),
});
export const failed = (why: string, counts: Counts = nothingCounted): Outcome => ({
  event: 'fail',
  ...counts,
  error: oneLine(why),
});

const isCount = (value: unknown): value is number | undefined =>
  value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);

/** The run broke off because its worker stops: the unit is for another one, at once. */
export const returned: Outcome = { event: 'repost', ...nothingCounted, error: brokenOff };

export const crashed = (how: string): Outcome => ({ ...failed(how), crashed: true });
export const lapsed = (how: string): Outcome => ({ ...crashed(how), lapsed: true });

/** Reads what a handler resolved to; anything that is no `HandlerResult` is a failure that says so. */
export const readHandlerResult = (result: unknown): Outcome => {
  if (result === undefined || result === null) return completed();
  const { processed, aggregated, outcome = 'processed' } = result as Readonly<Record<string, unknown>>;
  if (typeof result !== 'object' || !isCount(processed) || !isCount(aggregated)) return misread(result);
  const counts = { processed: processed ?? 0, aggregated: aggregated ?? 0 };
  if (outcome === 'processed') return completed(counts);
  if (outcome === 'noop') return empty(counts);
  if (outcome === 'cancel') return canceled('canceled by its handler', counts);
  return misread(result);
};

const misread = (result: unknown): Outcome =>
  failed(
    `the handler returned ${inspect(result, { breakLength: Infinity })}: expected nothing, or ` +
      `{ processed?, aggregated?: counts from 0, outcome?: 'processed', 'noop' or 'cancel' }`,
  );

/** What a report goes by beside the outcome. */
export interface ReportTerms {
  readonly retry: RetryPolicy;
  /** So many crashes in a row and a unit is set aside. */
  readonly maxCrashes: number;
  /** The same where leases were lost: `mostLostLeases`. */
  readonly maxLost: number;
  /** Instant, ms. */
  readonly now: number;
}

type Verdict = Pick<Report, 'event' | 'error' | 'retryAt' | 'crashes'>;

const verdictOnCrash = (uow: UowRecord, outcome: Outcome, terms: ReportTerms): Verdict => {
  const most = outcome.lapsed === true ? terms.maxLost : terms.maxCrashes;
  const remedy = afterCrash(uow, most, outcome.error ?? 'no reason given');
  const event = remedy.do === 'repost' ? 'repost' : 'fail';
  return { event, error: remedy.because, retryAt: null, crashes: remedy.crashes };
};

const retryAt = (
  uow: UowRecord,
  { event, retryNow }: Outcome,
  { retry, now }: ReportTerms,
): number | null => {
  if (event !== 'fail') return null;
  return now + (retryNow ? 0 : retryDelay(retry, attemptsOf(uow), Math.random()));
};

/**
 * Addresses an outcome to the store, fenced by attempt and token. A failure always says when to try again: how often is
 * the collector's to decide. After a crash the unit is given back, until it is set aside.
 */
export const toReport = (uow: UowRecord, outcome: Outcome, terms: ReportTerms): Report => ({
  id: uow.id,
  attempt: uow.attempt,
  token: uow.token ?? '',
  event: outcome.event,
  processed: outcome.processed,
  aggregated: outcome.aggregated,
  error: outcome.error,
  retryAt: retryAt(uow, outcome, terms),
  ...(outcome.event === 'repost' && { crashes: uow.crashes, released: uncounted(uow) }),
  ...(outcome.crashed === true && verdictOnCrash(uow, outcome, terms)),
});
