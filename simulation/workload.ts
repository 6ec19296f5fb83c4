import { overlapPolicies } from '../domain/model/process.ts';
import { defineContext, freerunProcess, managedProcess, tree } from '../domain/model/define.ts';
import type {
  FreerunProcess,
  ManagedOptions,
  ManagedProcess,
  ProcessContext,
} from '../domain/model/process.ts';
import type { RetentionDefaults } from '../domain/retention/rule.ts';
import { DAY, HOUR } from '../domain/time/calendar.ts';
import type { Qualifier } from '../domain/time/qualifier.ts';
import type { SourceRow } from '../db/store.ts';
import type { Random } from './random.ts';

/** What a run works on. */
export interface Workload {
  readonly context: ProcessContext;
  /** What a scheduler is started with from an instant on, ms: the same with other groupings. */
  readonly deployed: { readonly at: number; readonly context: ProcessContext };
  /** First instant of the timetable, and of the run, ms. */
  readonly start: number;
  readonly begin: number;
  readonly limits: {
    readonly sweepInterval: number;
    readonly resubmitAfter: number;
    readonly lifeSupport: number;
    readonly maxCrashes: number;
    readonly lease: number;
    readonly logTtl: number;
    readonly boxTtl: number;
    readonly eventTriggers: number;
    readonly eventFirings: number;
    readonly retention: RetentionDefaults;
  };
  readonly schedulers: number;
  readonly workers: number;
}

const MINUTE = 60_000;

/** Collection that the recomputing process reads. */
export const SOURCE = 'rows';

const HANDLER = '/simulated/handler.ts';

type Extra = Partial<Omit<ManagedOptions, 'name' | 'qualifier'>>;

const draft = (
  random: Random,
  name: string,
  qualifier: ManagedOptions['qualifier'],
  extra: Extra = {},
): ManagedProcess =>
  managedProcess({
    name,
    qualifier,
    ...(random.chance(0.15) ? { identity: true } : { handler: HANDLER }),
    concurrency: random.pick([1, 2, 3, 8]),
    trigger: random.pick(['every 30s', 'every 1m', 'every 5m']),
    startLag: random.pick(['0s', '1m', '5m']),
    ordered: random.chance(0.2),
    retry: { delay: random.pick(['1s', '10s']), maxDelay: '30s', maxAttempts: random.pick([2, 3, 5]) },
    ...(random.chance(0.5) ? { timeLimit: random.pick(['20s', '2m']) } : {}),
    ...extra,
  });

const createTrees = (random: Random) => {
  const hourly = random.pick<Extra>([
    {},
    {},
    { grouping: 3 },
    { strategy: 'continuous' },
    // Without rows it is looked at three times before it is skipped: at a slow pace that takes days of virtual time.
    { strategy: 'recomputing', source: SOURCE, emptySource: 'skip', trigger: 'every 30s', ordered: false },
  ]);
  const site = [
    draft(random, 'SiteHourly', 'hourly', hourly),
    draft(random, 'SiteDaily', 'daily', { blocking: random.pick(['normal', 'children']) }),
  ];
  if (random.chance(0.3)) site.push(draft(random, 'SiteMonthly', 'monthly', { blocking: 'children' }));
  const client = [
    draft(random, 'ClientHourly', 'hourly', {
      blocking: random.pick(['normal', 'dependencies']),
      ...(random.chance(0.3) ? { dependsOn: [{ process: 'ClientHourly', mapping: { offset: -1 } }] } : {}),
    }),
    draft(random, 'ClientDaily', 'daily', { blocking: random.pick(['children', 'dependencies']) }),
  ];
  const free = [draft(random, 'FreeHourly', 'hourly')];
  return {
    processes: [...site, ...client, ...free],
    trees: [
      tree({ name: 'site', processes: site.map(({ name }) => name) }),
      tree({ name: 'client', processes: client.map(({ name }) => name), dependsOn: ['site'] }),
      tree({ name: 'free', processes: ['FreeHourly'] }),
    ],
  };
};

const groupings: Readonly<Record<Qualifier, readonly [number, ...number[]]>> = {
  hourly: [1, 1, 2, 3, 5, 23],
  daily: [1, 1, 2, 7],
  monthly: [1],
  yearly: [1],
};

/** The same processes, some of them with another grouping. */
const regrouped = (random: Random, processes: readonly ManagedProcess[]): ManagedProcess[] =>
  processes.map((process) =>
    random.chance(0.3) ? { ...process, grouping: random.pick(groupings[process.qualifier]) } : process,
  );

const createReports = (random: Random): FreerunProcess =>
  freerunProcess({
    name: 'Report',
    handler: HANDLER,
    concurrency: random.pick([1, 3]),
    retry: { delay: '5s', maxDelay: '30s', maxAttempts: 3 },
    entries: overlapPolicies.map((overlap) => ({
      name: overlap,
      trigger: random.pick(['every 2m', 'every 7m', 'every 15m']),
      overlap,
      missed: random.pick(['all', 'last', 'none']),
    })),
  });

/** What one seed works on: trees that wait for each other, beside one that waits for none, and reports on schedules. */
export const createWorkload = (random: Random): Workload => {
  const { processes: drawn, trees } = createTrees(random);
  // Drawn apart, so that what else a seed stands for stays as it was.
  const childRuns = random.fork('grouping');
  const processes = regrouped(childRuns, drawn);
  const retention = random.fork('retention');
  const begin = Date.UTC(2026, random.below(12), 1 + random.below(28), random.below(24), random.below(60));
  const reports = createReports(random);
  const contextOf = (managed: readonly ManagedProcess[]): ProcessContext =>
    defineContext({ processes: [...managed, reports], trees });
  return {
    context: contextOf(processes),
    deployed: {
      at: begin + childRuns.between(0, 2) * HOUR,
      context: contextOf(childRuns.chance(0.5) ? regrouped(childRuns, processes) : processes),
    },
    begin,
    start: begin - random.pick([6 * HOUR, DAY, 2 * DAY]),
    limits: {
      sweepInterval: random.pick([10_000, 20_000]),
      resubmitAfter: random.pick([20_000, MINUTE]),
      lifeSupport: 2 * DAY,
      maxCrashes: 3,
      lease: 15_000,
      logTtl: HOUR,
      boxTtl: HOUR,
      eventTriggers: 100_000,
      eventFirings: 5_000,
      retention: {
        uowTtl: retention.pick([5 * MINUTE, HOUR]),
        historyTtl: retention.pick([5 * MINUTE, HOUR]),
        keepUnits: retention.pick([1, 3]),
      },
    },
    schedulers: random.pick([1, 2]),
    workers: random.pick([1, 2, 3]),
  };
};

/** Rows of the source: of most hours some. Ids rise with time. */
export const createRows = (random: Random, { start, begin }: Workload): SourceRow[] => {
  const hours = Array.from(
    { length: Math.ceil((begin - start) / HOUR) + 3 },
    (_, index) => start + index * HOUR,
  );
  return hours
    .filter(() => random.chance(0.8))
    .map((instant, index) => ({
      id: index + 1,
      timeperiod: new Date(instant).toISOString().replace(/\D/g, '').slice(0, 10),
      value: {},
    }));
};
