import type { DataStore, SourceRow } from '../db/store.ts';
import type { HandlerUow } from '../domain/model/handler-uow.ts';
import { plural } from '../domain/plural.ts';
import type { Handler } from '../worker/handler.ts';
import { ACCESS } from './access.ts';
import type { AccessRow } from './access.ts';
import { siteSum, writeSite } from './site.ts';

const PAGE = 5000;

/** Rows a unit of work covers, a page at a time. */
async function* pages(data: DataStore, uow: HandlerUow): AsyncGenerator<SourceRow[]> {
  if (uow.startId === null || uow.endId === null) return;
  const range = { start: uow.startTimeperiod, end: uow.endTimeperiod };
  let from = uow.startId;
  for (;;) {
    const rows = await data.rows(ACCESS, range, { from, to: uow.endId }, PAGE);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    from = last.id + 1;
  }
}

/** Requests, bytes, visitors and statuses of an hour, from the rows of `access` in the unit's range of ids. */
const siteHourly: Handler = async (uow, { data, log, signal }) => {
  const sum = siteSum();
  for await (const rows of pages(data, uow)) {
    signal.throwIfAborted();
    for (const { value } of rows) {
      const { host, status, size } = value as AccessRow;
      sum.addTraffic(host, { requests: 1, bytes: size });
      sum.addStatuses({ [`${Math.floor(status / 100)}xx`]: 1 });
    }
  }
  const aggregated = await writeSite(data, 'hourly', uow.timeperiod, sum);
  const { requests, visitors } = sum.total();
  if (requests === 0) return { outcome: 'noop' };
  log(`${plural(requests, 'request')} by ${plural(visitors, 'visitor')}`);
  return { processed: requests, aggregated };
};

export default siteHourly;
