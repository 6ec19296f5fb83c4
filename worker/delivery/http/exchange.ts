import type { Dispatcher } from 'undici';
import type { Clock } from '../../../domain/clock.ts';
import type { Envelope } from '../../../domain/event/envelope.ts';
import { createBody } from './answer.ts';
import type { HttpAnswer } from './answer.ts';

export interface ExchangeTools {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Leaving an answer that is longer than is read: its connection ends. */
const enough = new Error('the rest of the answer is not read');

/**
 * Sends a request and reads the answer. Rejects with the reason of the signal, or with what broke; once its headers are there,
 * an answer counts as far as it was read. By `dispatch`, since `request` makes a stream of every answer, which takes longer
 * than to send the request.
 */
export const exchange = (
  { method, url, headers, body }: Envelope,
  { dispatcher, clock, signal }: ExchangeTools,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url);
    const begun = performance.now();
    const text = createBody();
    let head: Omit<HttpAnswer, 'body'> | undefined;
    let sent: Dispatcher.DispatchController | undefined;
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', abort);
      if (head === undefined) reject(error ?? new Error('there was no answer'));
      else resolve({ ...head, body: text.read() });
    };
    const abort = (): void => {
      sent?.abort(signal.reason as Error);
      end(signal.reason as Error);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort);
    const options = { origin, path: `${pathname}${search}`, method, headers, body };
    dispatcher.dispatch(options, {
      onRequestStart: (controller) => {
        sent = controller;
        if (signal.aborted) controller.abort(signal.reason as Error);
      },
      onResponseStart: (_, status, answered) => {
        // Before the answer there may be some that only inform.
        if (status < 200) return;
        head = { status, headers: answered, took: performance.now() - begun, now: clock.now() };
      },
      onResponseData: (controller, chunk) => {
        if (!text.add(chunk)) controller.abort(enough);
      },
      onResponseEnd: () => end(),
      onResponseError: (_, error) => end(error),
    });
  });
