import type { RequestHandler } from 'express';
import { createHistogram, startTiming } from '../../lib/tally.ts';
import type { Histogram } from '../../lib/tally.ts';

/** Upper bounds of buckets, s. */
const BOUNDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

/** Requests by the pattern of their route, never by their path, which clients choose, and by the class of their status. */
export const createRequestHistogram = (): Histogram => createHistogram(BOUNDS, ['route', 'status']);

/** Counts every request when its answer has been sent, or its client is gone. */
export const measureRequests =
  (histogram: Histogram): RequestHandler =>
  (request, response, next) => {
    const seconds = startTiming();
    response.once('close', () => {
      const { path } = (request.route ?? { path: 'none' }) as { readonly path: string };
      histogram.observe(seconds(), path, `${Math.floor(response.statusCode / 100)}xx`);
    });
    next();
  };
