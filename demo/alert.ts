import type { PeriodTotal } from './site.ts';

/** Something unusual in an hour. */
export type Alert = {
  readonly timeperiod: string;
  readonly kind: 'errors' | 'traffic';
  /** Share of requests answered with 4xx or 5xx; requests of the hour. */
  readonly value: number;
  /** What `value` went beyond. */
  readonly limit: number;
};

/** Collection with the alerts of each day, keyed by hour and kind. */
export const ALERTS = 'alert_daily';

/** From when on an hour is unusual. */
export type AlertLimits = {
  /** Share of failed requests, 0 to 1. */
  readonly errorShare: number;
  /** Hours with fewer requests say nothing about errors. */
  readonly errorRequests: number;
  /** Requests as a multiple of the day's median hour. */
  readonly trafficFactor: number;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The unusual hours among those of one day; a day is measured by itself, so the order of days does not matter. */
export const findAlerts = (hours: readonly PeriodTotal[], limits: AlertLimits): Alert[] => {
  const most = median(hours.map(({ requests }) => requests)) * limits.trafficFactor;
  return hours.flatMap(({ timeperiod, requests, statuses }): Alert[] => {
    const share = ((statuses['4xx'] ?? 0) + (statuses['5xx'] ?? 0)) / requests;
    const found: Alert[] = [];
    if (requests >= limits.errorRequests && share > limits.errorShare) {
      found.push({ timeperiod, kind: 'errors', value: share, limit: limits.errorShare });
    }
    if (requests > most) found.push({ timeperiod, kind: 'traffic', value: requests, limit: most });
    return found;
  });
};
