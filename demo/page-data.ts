import type { DataStore } from '../db/store.ts';
import type { TrafficData } from '../mx/traffic-data.ts';
import { ALL_TIME } from './access.ts';
import { clientSummaries } from './client.ts';
import type { ClientSummary } from './client.ts';
import { demoReport } from './report.ts';

/** The busiest clients of the newest month that is over, else of the newest such day. */
const busiest = async (data: DataStore): Promise<ClientSummary['top']> => {
  for (const level of ['monthly', 'daily'] as const) {
    const newest = (await data.documents(clientSummaries(level), ALL_TIME)).at(-1);
    if (newest !== undefined) return (newest.value as ClientSummary).top;
  }
  return [];
};

/** What the dashboard's page of the demo suite shows. */
export const demoPageData = async (data: DataStore): Promise<TrafficData> => {
  const [report, clients] = await Promise.all([demoReport(data), busiest(data)]);
  return {
    ...report,
    clients: clients.map(({ host, requests, bytes }) => ({ client: host, requests, bytes })),
  };
};
