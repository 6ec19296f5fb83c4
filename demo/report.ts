import type { Qualifier } from '../domain/time/qualifier.ts';
import type { DataStore } from '../db/store.ts';
import { ALL_TIME, readSourceState } from './access.ts';
import { readTotals } from './site.ts';

/** One period with requests. */
export interface ReportRow {
  readonly timeperiod: string;
  readonly requests: number;
  /** Sum of the sizes sent. */
  readonly bytes: number;
  /** Distinct client hosts. */
  readonly visitors: number;
}

/** What the demo suite found, oldest period first; periods without requests are left out. */
export interface DemoReport {
  readonly hourly: readonly ReportRow[];
  readonly daily: readonly ReportRow[];
  readonly monthly: readonly ReportRow[];
  /** Lines read of the access log, the malformed ones included; null with the built-in stream, which has no lines. */
  readonly lines: number | null;
  readonly malformed: number | null;
}

const rowsOf = async (data: DataStore, level: Qualifier): Promise<ReportRow[]> => {
  const totals = await readTotals(data, level, ALL_TIME);
  return totals.map(({ timeperiod, requests, bytes, visitors }) => ({
    timeperiod,
    requests,
    bytes,
    visitors,
  }));
};

/** Reads the report from a store. */
export const demoReport = async (data: DataStore): Promise<DemoReport> => {
  const [hourly, daily, monthly, state] = await Promise.all([
    rowsOf(data, 'hourly'),
    rowsOf(data, 'daily'),
    rowsOf(data, 'monthly'),
    readSourceState(data),
  ]);
  const none = state?.kind === 'stream' ? null : 0;
  const { lines, malformed } = state?.kind === 'log' ? state : { lines: none, malformed: none };
  return { hourly, daily, monthly, lines, malformed };
};
