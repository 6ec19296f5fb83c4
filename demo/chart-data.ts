import type { Qualifier } from '../domain/time/qualifier.ts';
import { cast, current, fromOrdinal, ordinal, startOf } from '../domain/time/timeperiod.ts';
import type { DataStore, TimeperiodRange } from '../db/store.ts';
import { ALL_TIME, readSourceState } from './access.ts';
import type { SourceState } from './access.ts';
import { ALERTS } from './alert.ts';
import type { Alert } from './alert.ts';
import { clientSummaries } from './client.ts';
import type { ClientSummary } from './client.ts';
import { readTotals } from './site.ts';
import type { PeriodTotal } from './site.ts';

/** Columns of equal length, one point a period without gaps: a period without requests is 0. */
export interface Series {
  /** Starts of the periods, seconds since the epoch, as chart libraries want them. */
  readonly at: readonly number[];
  readonly requests: readonly number[];
  readonly bytes: readonly number[];
  readonly visitors: readonly number[];
}

/** What the demo page of the dashboard shows. JSON. */
export interface DemoPageData {
  /** Null while nothing was collected. */
  readonly source: SourceState | null;
  /** The last 168 hours up to the newest request. */
  readonly hourly: Series;
  /** The last 90 days up to the newest request. */
  readonly daily: Series;
  /** Years, oldest first; the running one is in it. */
  readonly years: readonly PeriodTotal[];
  /** The newest day whose clients are known; null before the first. */
  readonly clients: { readonly timeperiod: string; readonly summary: ClientSummary } | null;
  /** Unusual hours of the last 90 days, oldest first. */
  readonly alerts: readonly Alert[];
}

const HOURS = 168;
const DAYS = 90;
const none: Omit<PeriodTotal, 'timeperiod' | 'statuses'> = { requests: 0, bytes: 0, visitors: 0 };

/** Series from the first to the last of some totals, which are in order of time. */
export const seriesOf = (level: Qualifier, totals: readonly PeriodTotal[]): Series => {
  const known = new Map(totals.map((total) => [ordinal(level, total.timeperiod), total]));
  const [first = 0] = known.keys();
  const last = Math.max(...known.keys());
  const ordinals = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  const points = ordinals.map((index) => known.get(index) ?? none);
  return {
    at: ordinals.map((index) => startOf(level, index) / 1000),
    requests: points.map(({ requests }) => requests),
    bytes: points.map(({ bytes }) => bytes),
    visitors: points.map(({ visitors }) => visitors),
  };
};

/** The last `count` periods of a level up to the one around the hour `newest`. */
const lastPeriods = (level: Qualifier, newest: string, count: number): TimeperiodRange => {
  const index = ordinal(level, cast(level, newest));
  return { start: fromOrdinal(level, Math.max(0, index - count + 1)), end: ALL_TIME.end };
};

/** Reads what the demo page shows. `now` in milliseconds; an access log is shown up to its own newest hour. */
export const demoPageData = async (data: DataStore, now: number): Promise<DemoPageData> => {
  const source = (await readSourceState(data)) ?? null;
  const newest = (source?.kind === 'log' ? source.newest : null) ?? current('hourly', now);
  const days = lastPeriods('daily', newest, DAYS);
  const [hourly, daily, years, clients, alerts] = await Promise.all([
    readTotals(data, 'hourly', lastPeriods('hourly', newest, HOURS)),
    readTotals(data, 'daily', days),
    readTotals(data, 'yearly', ALL_TIME),
    data.documents(clientSummaries('daily'), days),
    data.documents(ALERTS, days),
  ]);
  const newestClients = clients.at(-1);
  return {
    source,
    hourly: seriesOf('hourly', hourly),
    daily: seriesOf('daily', daily),
    years,
    clients: newestClients
      ? { timeperiod: newestClients.timeperiod, summary: newestClients.value as ClientSummary }
      : null,
    alerts: alerts.map(({ value }) => value as Alert),
  };
};
