import type { Handler } from '../worker/handler.ts';
import { mergeActivities, writeClients } from './client.ts';
import { readHosts } from './site.ts';

/** What each client did on a day, from the hours of the site. */
const clientDaily: Handler = async (uow, { data }) => {
  const range = { start: uow.startTimeperiod, end: uow.endTimeperiod };
  const hours = await readHosts(data, 'hourly', range);
  const parts = hours.map(({ host, traffic }) => [host, { ...traffic, hours: 1, days: 0 }] as const);
  const clients = new Map(Array.from(mergeActivities(parts), ([host, day]) => [host, { ...day, days: 1 }]));
  const aggregated = await writeClients(data, 'daily', uow.timeperiod, clients);
  return hours.length === 0 ? { outcome: 'noop' } : { processed: hours.length, aggregated };
};

export default clientDaily;
