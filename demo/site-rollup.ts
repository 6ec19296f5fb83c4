import type { Qualifier } from '../domain/time/qualifier.ts';
import { increment } from '../domain/time/timeperiod.ts';
import type { DataStore, TimeperiodRange } from '../db/store.ts';
import type { Handler } from '../worker/handler.ts';
import { readHosts, readTotals, siteSum, writeSite } from './site.ts';
import type { SiteSum } from './site.ts';

/** Adds the periods of one level; returns how many there were and where they end. */
const addLevel = async (
  sum: SiteSum,
  data: DataStore,
  level: Qualifier,
  range: TimeperiodRange,
): Promise<{ count: number; end: string }> => {
  const totals = await readTotals(data, level, range);
  for (const { statuses } of totals) sum.addStatuses(statuses);
  for (const { host, traffic } of await readHosts(data, level, range)) sum.addTraffic(host, traffic);
  const last = totals.at(-1);
  return {
    count: totals.length,
    end: last === undefined ? range.start : increment(level, last.timeperiod, 1),
  };
};

/** Arguments of the process entry. */
type RollupArguments = {
  /** Level that is written. */
  readonly to: Qualifier;
  /**
   * Levels to read, coarse to fine. The first holds all of a period that is over; while it is open, the finer ones
   * tell what came after the last coarser period that is there.
   */
  readonly from: readonly Qualifier[];
};

/** A day, month or year of the site, from its parts. */
const siteRollup: Handler = async (uow, { data, signal }) => {
  const { from, to } = uow.arguments as RollupArguments;
  const sum = siteSum();
  let processed = 0;
  let start = uow.startTimeperiod;
  for (const level of from) {
    signal.throwIfAborted();
    const { count, end } = await addLevel(sum, data, level, { start, end: uow.endTimeperiod });
    processed += count;
    start = end;
  }
  const aggregated = await writeSite(data, to, uow.timeperiod, sum);
  return processed === 0 ? { outcome: 'noop' } : { processed, aggregated };
};

export default siteRollup;
