import { toInterval } from '../../domain/time/timeperiod.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import { bytesText } from '../../domain/bytes-text.ts';
import { countOf, countText } from '../present/number-text.ts';
import type { TrafficData, TrafficPoint } from '../traffic-data.ts';
import { definePage } from './page.ts';

/** Two months of hours. */
const MAX_POINTS = 1488;
const MAX_CLIENTS = 15;

type Measure = 'requests' | 'visitors' | 'bytes';

/** uPlot's aligned data as JSON: seconds, then one array of values. */
const series = (qualifier: Qualifier, points: readonly TrafficPoint[], measure: Measure): string => {
  const shown = points.slice(-MAX_POINTS);
  return JSON.stringify([
    shown.map(({ timeperiod }) => toInterval(qualifier, timeperiod).start / 1000),
    shown.map((point) => point[measure]),
  ]);
};

const chart = (data: TrafficData, id: Measure, title: string, total: string) => ({
  id,
  title,
  total,
  cap:
    data.hourly.length > MAX_POINTS
      ? `hours: the last ${countText(MAX_POINTS)} of ${countText(data.hourly.length)}`
      : undefined,
  hourly: series('hourly', data.hourly, id),
  daily: series('daily', data.daily, id),
  format: id === 'bytes' ? 'bytes' : 'count',
});

const sum = (points: readonly TrafficPoint[], measure: Measure): number =>
  points.reduce((total, point) => total + point[measure], 0);

const originOf = ({ lines, malformed }: TrafficData): string =>
  lines === null
    ? 'Requests invented by the built-in stream.'
    : `${countOf(lines, 'line')} read, ${countText(malformed ?? 0)} malformed.`;

/** The results of the demo suite as charts. Pure. */
export const present = (data: TrafficData) => {
  const most = data.clients[0]?.requests ?? 1;
  const busiest = Math.max(0, ...data.daily.map(({ visitors }) => visitors));
  return {
    charts: [
      chart(data, 'requests', 'Requests', `${countText(sum(data.hourly, 'requests'))} in all`),
      chart(data, 'visitors', 'Visitors', `${countText(busiest)} on the busiest day`),
      chart(data, 'bytes', 'Bytes sent', `${bytesText(sum(data.hourly, 'bytes'))} in all`),
    ],
    clients: data.clients.slice(0, MAX_CLIENTS).map(({ client, requests, bytes }) => ({
      client,
      requests: countText(requests),
      bytes: bytesText(bytes),
      share: Math.round((1000 * requests) / most) / 10,
    })),
    /** Where the requests come from. */
    origin: originOf(data),
    empty: data.hourly.length === 0,
  };
};

const none: TrafficData = { hourly: [], daily: [], clients: [], lines: 0, malformed: 0 };

export const trafficPage = definePage({
  path: '/traffic',
  nav: { label: 'Traffic', icon: 'traffic' },
  available: ({ demoPage }) => demoPage !== undefined,
  open: async ({ demoPage }) => ({
    view: 'traffic',
    title: 'Traffic',
    model: present(demoPage === undefined ? none : await demoPage()),
  }),
});
