import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt } from '../../../domain/event/verdict.ts';
import { oneLine } from '../../../domain/one-line.ts';
import { formatDuration } from '../../../domain/time/duration.ts';

/** Bytes of an answer that are read, so that its connection can serve again, and those that are kept. */
const MOST_READ = 65_536;
const MOST_KEPT = 4096;
/** Characters of an address that is shown. */
const LONGEST_ADDRESS = 300;

/** The beginning of a body, of which chunks are added until one is enough. */
export const createBody = () => {
  const kept: Uint8Array[] = [];
  let [read, left] = [0, MOST_KEPT];
  return {
    /** Whether more is to be read. */
    add: (chunk: Uint8Array): boolean => {
      read += chunk.length;
      if (left > 0) kept.push(chunk.subarray(0, left));
      left -= chunk.length;
      return read < MOST_READ;
    },
    /** What was added, as text. */
    read: (): string => {
      if (kept.length === 0) return '';
      const text = new TextDecoder().decode(Buffer.concat(kept));
      return left < 0 ? `${text}…` : text;
    },
  };
};

/** Milliseconds of a `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3); undefined for anything else. */
export const readRetryAfter = (value: string | undefined, now: number): number | undefined => {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const ms = / GMT$/.test(value) ? Date.parse(value) - now : NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** The address that a redirect names, in full. */
const redirectedTo = (location: string | undefined, url: string): string => {
  if (location === undefined) return 'nowhere';
  const address = URL.canParse(location, url) ? new URL(location, url).href : location;
  return oneLine(address).slice(0, LONGEST_ADDRESS);
};

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds from the request to its headers. */
  readonly took: number;
  /** Instant of them, ms. */
  readonly now: number;
}

/** What an answer to a request to `url` means. */
export const receiptOf = ({ status, headers, body, took, now }: HttpAnswer, url: string): Receipt => {
  const answered = `${status} in ${Math.round(took)} ms`;
  const receipt = { ok: false, retry: false, summary: answered, body };
  if (status >= 200 && status < 300) return { ...receipt, ok: true };
  if (status === 410)
    return { ...receipt, gone: true, summary: `${answered}: the target is gone and wants no more` };
  if (status >= 300 && status < 400) {
    const address = redirectedTo(one(headers.location), url);
    return {
      ...receipt,
      summary: `${answered}: answers with a redirect to ${address}: use that address`,
    };
  }
  const retryAfter = readRetryAfter(one(headers['retry-after']), now);
  if (retryAfter === undefined) return { ...receipt, retry: true };
  const summary = `${answered}, retry after ${formatDuration(retryAfter)}`;
  return { ...receipt, retry: true, retryAfter, summary };
};
