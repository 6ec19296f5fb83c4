import { extname } from 'node:path';
import { daemonProcess, defineContext, freerunProcess, managedProcess, tree } from './domain/model/define.ts';
import type { ProcessContext } from './domain/model/process.ts';
import { ACCESS } from './demo/access.ts';
import { ALERTS } from './demo/alert.ts';
import type { AlertLimits } from './demo/alert.ts';
import { clientSummaries } from './demo/client.ts';
import type { CollectorArguments } from './demo/session-collector.ts';
import { siteTotals } from './demo/site.ts';
import type { Settings } from './settings.ts';

// The demo suite: web traffic, from the requests of an hour to the totals of a year.

type DemoSettings = Pick<Settings, 'accessLog' | 'startTimeperiod' | 'clockOffset'>;

/** Handlers lie beside this file, compiled or not as it is itself. */
const handler = (name: string): string => `./demo/${name}${extname(import.meta.url)}`;

const site = (trigger: string) => [
  managedProcess({
    name: 'SiteHourly',
    description: 'Requests, bytes and visitors of an hour',
    handler: handler('site-hourly'),
    qualifier: 'hourly',
    strategy: 'recomputing',
    source: ACCESS,
    sink: siteTotals('hourly'),
    emptySource: 'skip',
    concurrency: 8,
    trigger,
  }),
  managedProcess({
    name: 'SiteDaily',
    description: 'Totals of a day',
    handler: handler('site-rollup'),
    arguments: { from: ['hourly'], to: 'daily' },
    qualifier: 'daily',
    blocking: 'children',
    sink: siteTotals('daily'),
    concurrency: 4,
  }),
  managedProcess({
    name: 'SiteMonthly',
    description: 'Totals of a month',
    handler: handler('site-rollup'),
    arguments: { from: ['daily'], to: 'monthly' },
    qualifier: 'monthly',
    blocking: 'children',
    sink: siteTotals('monthly'),
  }),
  managedProcess({
    name: 'SiteYearly',
    description: 'Totals of a year, kept current while it runs',
    handler: handler('site-rollup'),
    arguments: { from: ['monthly', 'daily', 'hourly'], to: 'yearly' },
    qualifier: 'yearly',
    strategy: 'continuous',
    sink: siteTotals('yearly'),
    trigger: 'every 30s',
  }),
];

const client = [
  managedProcess({
    name: 'ClientDaily',
    description: 'What each client did on a day',
    handler: handler('client-daily'),
    qualifier: 'daily',
    blocking: 'dependencies',
    sink: clientSummaries('daily'),
    concurrency: 4,
  }),
  managedProcess({
    name: 'ClientMonthly',
    description: 'What each client did in a month',
    handler: handler('client-rollup'),
    arguments: { from: 'daily', to: 'monthly' },
    qualifier: 'monthly',
    blocking: 'children',
    sink: clientSummaries('monthly'),
  }),
  managedProcess({
    name: 'ClientYearly',
    description: 'What each client did in a year',
    handler: handler('client-rollup'),
    arguments: { from: 'monthly', to: 'yearly' },
    qualifier: 'yearly',
    blocking: 'children',
    sink: clientSummaries('yearly'),
  }),
];

const alertLimits: AlertLimits = { errorShare: 0.1, errorRequests: 20, trafficFactor: 2 };

const alert = [
  managedProcess({
    name: 'AlertDaily',
    description: 'Hours of a day with unusually many errors or requests',
    handler: handler('alert-daily'),
    arguments: alertLimits,
    qualifier: 'daily',
    blocking: 'dependencies',
    sink: ALERTS,
    concurrency: 4,
  }),
];

const housekeeping = freerunProcess({
  name: 'Housekeeping',
  description: 'Logs how far the source has come',
  handler: handler('housekeeping'),
  entries: [{ name: 'source', trigger: 'every 10m' }],
});

const sessionCollector = (given: CollectorArguments) =>
  daemonProcess({
    name: 'SessionCollector',
    description: 'Fills the source with the requests of an access log, or with invented ones',
    handler: handler('session-collector'),
    arguments: given,
  });

const names = (processes: readonly { readonly name: string }[]): string[] =>
  processes.map(({ name }) => name);

/** Registers the demo suite; with `accessLog` over that file, without over a built-in stream of visits. */
export default ({ accessLog, startTimeperiod, clockOffset }: DemoSettings): ProcessContext => {
  // A log is complete at once; the stream goes on for good, and should cost little.
  const siteTree = site(accessLog === undefined ? 'every 3s' : 'every 1s');
  const collector = sessionCollector({
    accessLog: accessLog ?? null,
    startTimeperiod: startTimeperiod ?? null,
    clockOffset,
  });
  return defineContext({
    processes: [collector, ...siteTree, ...client, ...alert, housekeeping],
    trees: [
      tree({ name: 'site', page: 'traffic', processes: names(siteTree), description: 'Traffic of the site' }),
      tree({
        name: 'client',
        page: 'traffic',
        dependsOn: ['site'],
        processes: names(client),
        description: 'Clients and their habits',
      }),
      tree({
        name: 'alert',
        page: 'traffic',
        dependsOn: ['site'],
        processes: names(alert),
        description: 'What is out of the ordinary',
      }),
    ],
  });
};
