import type { Qualifier } from '../domain/time/qualifier.ts';
import type { DataStore, SinkDocument, TimeperiodRange } from '../db/store.ts';
import { hostsOf } from './site.ts';
import type { Traffic } from './site.ts';

/** One client in one period. */
export type Activity = Traffic & {
  /** Hours and days in which it asked for something. */
  readonly hours: number;
  readonly days: number;
};

/** All clients of a period in short. */
export type ClientSummary = {
  readonly clients: number;
  /** Clients seen on more than one day. */
  readonly returning: number;
  /** Clients by the number of their requests. */
  readonly byRequests: Readonly<Record<'once' | 'few' | 'many' | 'mass', number>>;
  /** The busiest, most requests first. */
  readonly top: readonly (Activity & { readonly host: string })[];
};

const TOP = 10;

/** Collection with one `ClientSummary` per period; `hostsOf` it holds an `Activity` per client. */
export const clientSummaries = (level: Qualifier): string => `client_${level}`;

const none: Activity = { requests: 0, bytes: 0, hours: 0, days: 0 };

/** Adds up what is known of each client. */
export const mergeActivities = (
  parts: Iterable<readonly [host: string, activity: Activity]>,
): ReadonlyMap<string, Activity> => {
  const merged = new Map<string, Activity>();
  for (const [host, part] of parts) {
    const known = merged.get(host) ?? none;
    merged.set(host, {
      requests: known.requests + part.requests,
      bytes: known.bytes + part.bytes,
      hours: known.hours + part.hours,
      days: known.days + part.days,
    });
  }
  return merged;
};

/** Activities in the periods of a level, one item per period and client. */
export const readActivities = async (
  data: DataStore,
  level: Qualifier,
  range: TimeperiodRange,
): Promise<(readonly [string, Activity])[]> => {
  const documents = await data.documents(hostsOf(clientSummaries(level)), range);
  return documents.map(({ key, value }) => [key, value as Activity]);
};

const sizeClass = (requests: number): keyof ClientSummary['byRequests'] => {
  if (requests === 1) return 'once';
  if (requests < 10) return 'few';
  return requests < 100 ? 'many' : 'mass';
};

/** Clients of equal requests are in the order of their addresses, so that a rerun gives the same list. */
const summarize = (clients: ReadonlyMap<string, Activity>): ClientSummary => {
  const byRequests = { once: 0, few: 0, many: 0, mass: 0 };
  for (const { requests } of clients.values()) byRequests[sizeClass(requests)]++;
  const busiest = Array.from(clients, ([host, activity]) => ({ host, ...activity })).sort(
    (a, b) => b.requests - a.requests || (a.host < b.host ? -1 : 1),
  );
  return {
    clients: clients.size,
    returning: busiest.filter(({ days }) => days > 1).length,
    byRequests,
    top: busiest.slice(0, TOP),
  };
};

/** Replaces what a level holds of a period; returns the number of documents, none when there are no clients. */
export const writeClients = async (
  data: DataStore,
  level: Qualifier,
  timeperiod: string,
  clients: ReadonlyMap<string, Activity>,
): Promise<number> => {
  const activities = Array.from(clients, ([key, value]): SinkDocument => ({ timeperiod, key, value }));
  const summary = clients.size === 0 ? [] : [{ timeperiod, key: 'summary', value: summarize(clients) }];
  await data.replaceDocuments(hostsOf(clientSummaries(level)), timeperiod, activities);
  await data.replaceDocuments(clientSummaries(level), timeperiod, summary);
  return activities.length + summary.length;
};
