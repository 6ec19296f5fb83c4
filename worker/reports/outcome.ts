import { inspect } from 'node:util';
import { brokenOff } from '../../domain/model/given-back.ts';
import { oneLine } from '../../domain/one-line.ts';
import type { RunResult } from '../../domain/strategy/end-of-run.ts';

/** How a run ended in this worker, before it is addressed to the store. */
export interface Outcome extends RunResult {
  /** The handler never asked for its signal: it ended as it would have without. */
  readonly heedless?: boolean;
}

export type Counts = Pick<RunResult, 'processed' | 'aggregated'>;

const nothingCounted: Counts = { processed: 0, aggregated: 0 };

const outcome = (event: Outcome['event'], counts = nothingCounted, why?: string): Outcome => ({
  event,
  ...counts,
  error: why === undefined ? null : oneLine(why),
});

export const completed = (counts?: Counts): Outcome => outcome('complete', counts);
export const empty = (counts?: Counts): Outcome => outcome('empty', counts);
export const canceled = (why: string, counts?: Counts): Outcome => outcome('cancel', counts, why);
export const failed = (why: string, counts?: Counts): Outcome => outcome('fail', counts, why);

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
