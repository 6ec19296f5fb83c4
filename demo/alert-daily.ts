import type { Handler } from '../worker/handler.ts';
import { ALERTS, findAlerts } from './alert.ts';
import type { AlertLimits } from './alert.ts';
import { readTotals } from './site.ts';

/** Flags the hours of a day with unusually many errors or requests. */
const alertDaily: Handler = async (uow, { data, log }) => {
  const hours = await readTotals(data, 'hourly', { start: uow.startTimeperiod, end: uow.endTimeperiod });
  const alerts = findAlerts(hours, uow.arguments as AlertLimits);
  for (const { timeperiod, kind, value, limit } of alerts) {
    log(`${kind} in ${timeperiod}: ${Number(value.toFixed(3))} is beyond ${limit}`);
  }
  await data.replaceDocuments(
    ALERTS,
    uow.timeperiod,
    alerts.map((alert) => ({
      timeperiod: uow.timeperiod,
      key: `${alert.timeperiod} ${alert.kind}`,
      value: alert,
    })),
  );
  return hours.length === 0 ? { outcome: 'noop' } : { processed: hours.length, aggregated: alerts.length };
};

export default alertDaily;
