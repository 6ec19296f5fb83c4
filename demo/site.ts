import type { Qualifier } from '../domain/time/qualifier.ts';
import type { DataStore, SinkDocument, TimeperiodRange } from '../db/store.ts';

/** Requests and the bytes sent for them. */
export type Traffic = { readonly requests: number; readonly bytes: number };

/** What the site tree knows of a period. */
export type SiteTotal = Traffic & {
  /** Distinct client hosts of the whole period, not a sum over its parts. */
  readonly visitors: number;
  /** Requests by class of status: `2xx`, `3xx` … */
  readonly statuses: Readonly<Record<string, number>>;
};

/** A `SiteTotal` and the period it is of. */
export type PeriodTotal = SiteTotal & { readonly timeperiod: string };

/** Collection with one `SiteTotal` per period. */
export const siteTotals = (level: Qualifier): string => `site_${level}`;

/** Collection with the hosts of the periods in `totals`: what lets coarser levels count visitors exactly. */
export const hostsOf = (totals: string): string => `${totals}_hosts`;

/** Totals of the periods in a range, oldest first; periods without requests have none. */
export const readTotals = async (
  data: DataStore,
  level: Qualifier,
  range: TimeperiodRange,
): Promise<PeriodTotal[]> => {
  const documents = await data.documents(siteTotals(level), range);
  return documents.map(({ timeperiod, value }) => ({ timeperiod, ...(value as SiteTotal) }));
};

/** What hosts asked for in a range, one item per period and host. */
export const readHosts = async (
  data: DataStore,
  level: Qualifier,
  range: TimeperiodRange,
): Promise<{ readonly host: string; readonly traffic: Traffic }[]> => {
  const documents = await data.documents(hostsOf(siteTotals(level)), range);
  return documents.map(({ key, value }) => ({ host: key, traffic: value as Traffic }));
};

/** An empty sum; it sums up one period as its parts come in. */
export const siteSum = () => {
  const hosts = new Map<string, Traffic>();
  const statuses: Record<string, number> = {};
  let requests = 0;
  let bytes = 0;
  return {
    addTraffic: (host: string, traffic: Traffic): void => {
      requests += traffic.requests;
      bytes += traffic.bytes;
      const known = hosts.get(host) ?? { requests: 0, bytes: 0 };
      hosts.set(host, { requests: known.requests + traffic.requests, bytes: known.bytes + traffic.bytes });
    },
    addStatuses: (added: SiteTotal['statuses']): void => {
      for (const [name, count] of Object.entries(added)) statuses[name] = (statuses[name] ?? 0) + count;
    },
    /** What has been added so far. */
    total: (): SiteTotal => ({ requests, bytes, visitors: hosts.size, statuses }),
    hosts: (): ReadonlyMap<string, Traffic> => hosts,
  };
};

export type SiteSum = ReturnType<typeof siteSum>;

/**
 * Replaces what a level and its hosts hold of a period; of a period without requests nothing is left. Returns the
 * number of documents.
 */
export const writeSite = async (
  data: DataStore,
  level: Qualifier,
  timeperiod: string,
  sum: SiteSum,
): Promise<number> => {
  const total = sum.total();
  const hosts = Array.from(sum.hosts(), ([key, value]): SinkDocument => ({ timeperiod, key, value }));
  const documents = total.requests === 0 ? [] : [{ timeperiod, key: 'total', value: total }];
  await data.replaceDocuments(hostsOf(siteTotals(level)), timeperiod, hosts);
  await data.replaceDocuments(siteTotals(level), timeperiod, documents);
  return hosts.length + documents.length;
};
