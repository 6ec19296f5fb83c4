import type { DataStore } from '../db/store.ts';
import { ALL_TIME } from '../demo/access.ts';
import { clientSummaries, mergeActivities } from '../demo/client.ts';
import type { ClientSummary } from '../demo/client.ts';
import { demoReport } from '../demo/report.ts';
import type { TrafficData } from '../mx/pages/traffic.ts';

/** What the dashboard shows of the demo suite: its report, and the busiest clients of all days. */
export const demoPage = async (data: DataStore): Promise<TrafficData> => {
  const [report, days] = await Promise.all([
    demoReport(data),
    data.documents(clientSummaries('daily'), ALL_TIME),
  ]);
  const busiest = days.flatMap(({ value }) => (value as ClientSummary).top);
  const clients = mergeActivities(busiest.map(({ host, ...activity }) => [host, activity] as const));
  return {
    ...report,
    clients: Array.from(clients, ([client, { requests, bytes }]) => ({ client, requests, bytes })).sort(
      (a, b) => b.requests - a.requests,
    ),
  };
};
