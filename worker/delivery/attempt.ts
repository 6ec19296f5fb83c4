import type { Parcel } from '../../domain/event/envelope.ts';
import type { Receipt } from '../../domain/event/verdict.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import { deadline } from '../../lib/os/timer.ts';
import { retryLater } from './courier.ts';
import { receiptOfFailure } from './failure.ts';

/**
 * Makes one attempt within the time-out of its target; rejects with the reason of `signal` alone. What `make` is given aborts
 * with both.
 */
export const attemptTo = async (
  { target: { timeout } }: Parcel,
  signal: AbortSignal,
  make: (signal: AbortSignal) => Promise<Receipt>,
): Promise<Receipt> => {
  const limit = deadline(timeout, signal);
  try {
    return await make(limit.signal);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted) return retryLater(`no answer in ${formatDuration(timeout)}`);
    return receiptOfFailure(error);
  } finally {
    limit.end();
  }
};
