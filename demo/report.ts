import type { Qualifier } from '../domain/time/qualifier.ts';
import type { DataStore } from '../db/store.ts';
import { ALL_TIME, readSourceState } from './access.ts';
import { readTotals } from './site.ts';

/** Of each period with requests their number, the sum of the sizes sent and the distinct client hosts. */
const rowsOf = async (data: DataStore, level: Qualifier) => {
  const totals = await readTotals(data, level, ALL_TIME);
  return totals.map(({ timeperiod, requests, bytes, visitors }) => ({
    timeperiod,
    requests,
    bytes,
    visitors,
  }));
};

/** Reads from a store what the demo suite found, oldest period first; periods without requests are left out. */
export const demoReport = async (data: DataStore) => {
  const [hourly, daily, monthly, state] = await Promise.all([
    rowsOf(data, 'hourly'),
    rowsOf(data, 'daily'),
    rowsOf(data, 'monthly'),
    readSourceState(data),
  ]);
  const none = state?.kind === 'stream' ? null : 0;
  const { lines, malformed } = state?.kind === 'log' ? state : { lines: none, malformed: none };
  // `lines`: read of the access log, the malformed ones included; null with the built-in stream, which has no lines.
  return { hourly, daily, monthly, lines, malformed };
};

export type DemoReport = Awaited<ReturnType<typeof demoReport>>;
