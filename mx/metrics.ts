import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { uowStates } from '../domain/machine/uow-machine.ts';
import { toInterval } from '../domain/time/timeperiod.ts';
import { standings } from '../domain/timetable/standing.ts';
import { packageVersion } from '../lib/package-info.ts';
import type * as tallies from '../lib/tally.ts';
import type { ProcessSummary, SchedulerApi, Status } from '../scheduler/api/api.ts';

/** What a scrape is answered from. */
interface Scrape {
  readonly status: Status;
  readonly processes: readonly ProcessSummary[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Described {
  readonly name: string;
  /** Shown in `docs/metrics.md`, too. */
  readonly help: string;
}

/** A gauge, read anew for each scrape. */
interface GaugeMetric extends Described {
  readonly labels?: readonly string[];
  readonly samples: (scrape: Scrape) => readonly Sample[];
}

const SECOND = 1_000;

const one = (value: number): Sample[] => [[{}, value]];

/** For how long the oldest unfinished period of a process is over, s; 0 while it is not. */
const lateness = ({ process, oldestUnfinished }: ProcessSummary, timetableNow: number): number => {
  if (oldestUnfinished === null) return 0;
  const { end } = toInterval(process.qualifier, oldestUnfinished);
  return Math.max(0, timetableNow - end) / SECOND;
};

/** Labels have the values of the context and of the machines alone, so that the series are bounded. */
export const gauges: readonly GaugeMetric[] = [
  {
    name: 'synergy_build_info',
    help: 'Version of the scheduler, its store and its queue; always 1.',
    labels: ['version', 'store', 'queue'],
    samples: ({ status: { store, queue } }) => [[{ version: packageVersion, store, queue }, 1]],
  },
  {
    name: 'synergy_jobs',
    help: 'Jobs of a process by their standing: the state, or RETRYING and QUARANTINED where the unit of work has failed.',
    labels: ['process', 'standing'],
    samples: ({ processes }) =>
      processes.flatMap(({ process, counts }) =>
        standings.map((standing): Sample => [{ process: process.name, standing }, counts[standing]]),
      ),
  },
  {
    name: 'synergy_process_on',
    help: 'Whether a managed process is switched on.',
    labels: ['process'],
    samples: ({ processes }) => processes.map(({ process, on }) => [{ process: process.name }, Number(on)]),
  },
  {
    name: 'synergy_process_lateness_seconds',
    help: 'For how long the oldest unfinished period of a process is over, by the time of the timetable.',
    labels: ['process'],
    samples: ({ processes, status: { timetableNow } }) =>
      processes.map((summary) => [{ process: summary.process.name }, lateness(summary, timetableNow)]),
  },
  {
    name: 'synergy_process_units_unfinished',
    help: 'Units of work of a managed process that wait for a worker or run.',
    labels: ['process'],
    samples: ({ processes }) => processes.map(({ process, running }) => [{ process: process.name }, running]),
  },
  {
    name: 'synergy_queue_messages',
    help: 'Messages of the queue of a process: ready for a worker, or taken by one and not yet acknowledged. Absent while the queue does not tell.',
    labels: ['process', 'state'],
    samples: ({ processes }) =>
      processes.flatMap(({ process, queueDepth }) =>
        Object.entries(queueDepth ?? {}).map(([state, count]): Sample => [
          { process: process.name, state },
          count,
        ]),
      ),
  },
  {
    name: 'synergy_units',
    help: 'Units of work by state, of jobs and of free-run entries.',
    labels: ['state'],
    samples: ({ status: { uows } }) => uowStates.map((state) => [{ state }, uows[state]]),
  },
  {
    name: 'synergy_units_quarantined',
    help: 'Units of work that wait for a user who releases or cancels them.',
    samples: ({ status }) => one(status.quarantined),
  },
  {
    name: 'synergy_standstills',
    help: 'What stays down until a user starts it: workers and daemons.',
    samples: ({ status }) => one(status.standstills.length),
  },
  {
    name: 'synergy_service_up',
    help: 'Whether a service of a box runs, as its supervisor said last.',
    labels: ['box', 'service'],
    samples: ({ status: { boxes } }) =>
      boxes.map(({ boxId, unit, actual }) => [{ box: boxId, service: unit }, Number(actual === 'running')]),
  },
  {
    name: 'synergy_service_restarts',
    help: 'How often the supervisor of a box has started a service anew.',
    labels: ['box', 'service'],
    samples: ({ status: { boxes } }) =>
      boxes.map(({ boxId, unit, restarts }) => [{ box: boxId, service: unit }, restarts]),
  },
  {
    name: 'synergy_box_seen_timestamp_seconds',
    help: 'When the supervisor of a box last said how a service is.',
    labels: ['box', 'service'],
    samples: ({ status: { boxes } }) =>
      boxes.map(({ boxId, unit, updatedAt }) => [{ box: boxId, service: unit }, updatedAt / SECOND]),
  },
  {
    name: 'synergy_store_bytes',
    help: 'Size of the store.',
    samples: ({ status }) => one(status.size.bytes),
  },
  {
    name: 'synergy_collector_last_round_timestamp_seconds',
    help: 'Beginning of the last round of the collector; absent before the first.',
    samples: ({ status: { collector } }) => (collector === null ? [] : one(collector.at / SECOND)),
  },
  {
    name: 'synergy_housekeeping_failed',
    help: 'Whether the last run of a housekeeping task failed or found what a user has to see to.',
    labels: ['task'],
    samples: ({ status: { housekeeping } }) =>
      housekeeping.map(({ task, failure, findings }) => [
        { task },
        Number(failure !== null || findings.length > 0),
      ]),
  },
];

/** What is counted, from the start of the scheduler on: by the scheduler, and the requests by the dashboard. */
export type Counted = SchedulerApi['measurements'] & { readonly requests: tallies.Histogram };

/** The counters and histograms of what is counted. */
export const counted: { readonly [K in keyof Counted]: Described } = {
  runs: {
    name: 'synergy_run_duration_seconds',
    help: 'Time from the claim of a unit of work to the end of the attempt, as its worker reported it. Attempts that were canceled or lost are left out.',
  },
  waits: {
    name: 'synergy_queue_wait_seconds',
    help: 'Time from the request of a unit of work, or the instant that it was prepared for, to its first claim; counted when that attempt has ended.',
  },
  ends: {
    name: 'synergy_attempts_ended_total',
    help: 'Attempts that ended, by the state in which the unit of work was left. A unit that was canceled along with a reprocess or a skip of its job is not among them.',
  },
  triggers: {
    name: 'synergy_trigger_lateness_seconds',
    help: 'Time from the instant of a trigger until what follows from it was decided and stored.',
  },
  leasesLost: {
    name: 'synergy_leases_lost_total',
    help: 'Leases that ended without a report, as found by the collector.',
  },
  turns: {
    name: 'synergy_turn_duration_seconds',
    help: 'Duration of the turns of the turn loop that came to their end.',
  },
  storeCalls: {
    name: 'synergy_store_call_duration_seconds',
    help: 'Duration of calls of the store by the scheduler: commits, reads of records, writes to collections, what is done for external workers, deletion of history.',
  },
  rings: {
    name: 'synergy_queue_publish_duration_seconds',
    help: 'Time that the queue took to accept a ring for units of work; lost rings are left out.',
  },
  collected: {
    name: 'synergy_collector_actions_total',
    help: 'What the collector did: units of work rung again, reposted, quarantined, canceled; records repaired; jobs reopened.',
  },
  expired: {
    name: 'synergy_retention_deleted_total',
    help: 'History that was deleted: units of work, rows of the journal, captured lines, rejected reports.',
  },
  requests: {
    name: 'synergy_http_request_duration_seconds',
    help: 'Duration of HTTP requests to their last byte, by the pattern of their route (`none` where there is no such page) and the class of their status.',
  },
};

type Series = tallies.Histogram['series'] extends () => Iterable<infer S> ? S : never;

const labelText = (name: string, value: string | number): string =>
  `${name}="${String(value).replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`;

const sampleText = (name: string, labels: readonly string[], value: number): string =>
  `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${value}`;

/** A histogram's buckets, each of which counts what those before it do, its sum and its count. */
const histogramText = (
  name: string,
  labels: readonly string[],
  bounds: readonly number[],
  { counts, sum }: Series,
): string[] => {
  let count = 0;
  const buckets = [...bounds, '+Inf'].map((le, i) =>
    sampleText(`${name}_bucket`, [labelText('le', le), ...labels], (count += counts[i] ?? 0)),
  );
  return [...buckets, sampleText(`${name}_sum`, labels, sum), sampleText(`${name}_count`, labels, count)];
};

/** What was counted, in the text format of Prometheus: the library writes that of its own counters alone. */
const tallyText = ({ name, help }: Described, tally: tallies.Counter | tallies.Histogram): string => {
  const samples = [...tally.series()].flatMap((series) => {
    const labels = tally.labelNames.map((label, i) => labelText(label, series.labels[i] ?? ''));
    return tally.kind === 'histogram'
      ? histogramText(name, labels, tally.bounds, series)
      : [sampleText(name, labels, series.counts[0] ?? 0)];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${tally.kind}`, ...samples, ''].join('\n');
};

/** Of the process that runs the scheduler: memory, processor, event loop, garbage collection. From the first scrape on, since it costs something. */
let ofProcess: Registry | undefined;

const processRegistry = (): Registry => {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
};

/** The type of what `metricsText` returns. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** What Prometheus reads: how the scheduler and its process are now, and what was counted since its start. */
export const metricsText = async (api: SchedulerApi, requests: Counted['requests']): Promise<string> => {
  const [status, processes] = await Promise.all([api.status(), api.managed()]);
  // Anew for each scrape, so that what is gone is told no more, and two at a time do not meet.
  const register = new Registry();
  for (const { name, help, labels = [], samples } of gauges) {
    const gauge = new Gauge({ name, help, labelNames: labels, registers: [register] });
    for (const [labelled, value] of samples({ status, processes })) gauge.set(labelled, value);
  }
  const all: Counted = { ...api.measurements, requests };
  const told = await Registry.merge([register, processRegistry()]).metrics();
  const keys = Object.keys(counted) as (keyof Counted)[];
  return [told, ...keys.map((key) => tallyText(counted[key], all[key]))].join('\n');
};
