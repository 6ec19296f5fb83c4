import { bytesText } from '../../domain/bytes-text.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { growthText } from '../../domain/store-size.ts';
import { plural } from '../../domain/plural.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import type { Blocker } from '../../domain/timetable/blocker.ts';
import type { Standstill } from '../../domain/model/worker-gap.ts';
import { failingOf, standingOrder } from '../../domain/timetable/standing.ts';
import type { UnitStanding } from '../../domain/timetable/standing.ts';
import type { BoxRecord } from '../../domain/model/record.ts';
import { jobKeyText } from '../../domain/model/entity.ts';
import { isPassing } from '../../domain/timetable/blocker.ts';
import type { Overview, ProcessSummary, TreeSummary } from '../../scheduler/api/api.ts';
import type { SweepCounts } from '../../scheduler/maintenance/sweep.ts';
import { blockerLine } from '../present/blocker-text.ts';
import type { BlockerLine } from '../present/blocker-text.ts';
import { countBar } from '../present/count-bar.ts';
import { failedLine } from '../present/failed-line.ts';
import { jobChip, qualifiersOf } from '../present/job-chip.ts';
import type { JobChip, Qualifiers } from '../present/job-chip.ts';
import { processMap } from '../present/process-map.ts';
import { countText } from '../present/number-text.ts';
import { legend, standingLook, unitStandingLook } from '../present/state-look.ts';
import type { StateLook } from '../present/state-look.ts';
import { distanceText } from '../present/time-text.ts';
import { presentEvents, readEvents } from './overview-events.ts';
import type { EventTroubles } from './overview-events.ts';
import { definePage } from './page.ts';

/** A root cause and the jobs that wait for it in the end. */
interface Hold {
  readonly cause: BlockerLine;
  /** The cause is that its unit of work failed. */
  readonly failed: boolean;
  readonly jobs: readonly JobChip[];
}

/** Root causes told on the overview. */
const MAX_HOLDS = 8;

const isFailure = ({ kind }: Blocker): boolean => kind === 'retry' || kind === 'quarantined';

/** A failed job is a cause by itself, anything else is one of its whole process. */
const causeKey = (root: Blocker): string =>
  isFailure(root) ? jobKeyText(root) : `${root.kind} ${root.processName}`;

/** Turned round: one cause often holds many jobs, and it is the cause that a person can mend. What a person must do comes first. */
const holdsOf = (overview: Overview, qualifiers: Qualifiers): Hold[] => {
  const holds = new Map<string, Hold & { jobs: JobChip[] }>();
  for (const { roots, ...job } of overview.blocked) {
    for (const root of roots.filter((each) => !isPassing(each))) {
      const key = causeKey(root);
      const hold = holds.get(key) ?? {
        cause: blockerLine(root, { ...overview, qualifiers }),
        failed: isFailure(root),
        jobs: [],
      };
      const isItself = root.processName === job.processName && root.timeperiod === job.timeperiod;
      if (!isItself) hold.jobs.push(jobChip(job, standingLook(job.standing), qualifiers));
      holds.set(key, hold);
    }
  }
  const rank = ({ cause, jobs }: Hold): number => (cause.urgent ? 1000 : 0) + jobs.length;
  return [...holds.values()].sort((a, b) => rank(b) - rank(a));
};

/** What is blocked is told of the oldest period of each process alone; every job that fails is counted. */
const totalOf = ({ jobs }: Overview, holds: readonly Hold[]): string | undefined => {
  const failing = Math.max(failingOf(jobs), holds.filter(({ failed }) => failed).length);
  const total = failing + holds.filter(({ failed }) => !failed).length;
  return total > Math.min(MAX_HOLDS, holds.length) ? countText(total) : undefined;
};

const boxLooks: Readonly<Record<BoxRecord['actual'], StateLook>> = {
  running: { glyph: 'processed', label: 'running', meaning: '' },
  stopped: { glyph: 'noop', label: 'stopped', meaning: '' },
  failed: { glyph: 'invalid', label: 'failed', meaning: '' },
  'backing-off': { glyph: 'requested', label: 'backing off', meaning: '' },
};

const boxDetail = (box: BoxRecord, now: number): string =>
  [
    box.pid === null ? '' : `pid ${box.pid}`,
    box.startedAt === null ? '' : `up ${formatDuration(now - box.startedAt)}`,
    box.restarts === 0 ? '' : plural(box.restarts, 'restart'),
    box.lastExit === null ? '' : `last exit: ${box.lastExit}`,
  ]
    .filter((text) => text !== '')
    .join(' · ');

const boxLine = (box: BoxRecord, now: number) => ({
  box: box.boxId,
  unit: box.unit,
  look: boxLooks[box.actual],
  detail: boxDetail(box, now),
  cpu: box.cpuPercent === null ? '' : `${box.cpuPercent.toFixed(1)} %`,
  memory: box.rssBytes === null ? '' : bytesText(box.rssBytes),
});

/** What stays down until a person starts it. */
const standstillLine = ({ processes, text, since, command }: Standstill, now: number) => ({
  processes: processes.join(', '),
  text,
  since: since === undefined ? undefined : distanceText(since, now),
  command,
});

/** The housekeeping tasks that failed or found something. */
const housekeepingLines = ({ housekeeping, now }: Overview) =>
  housekeeping
    .filter(({ failure, findings }) => failure !== null || findings.length > 0)
    .map(({ task, failure, findings, at, advice }) => ({
      ...{ task, advice, at: distanceText(at, now) },
      lines: [...(failure === null ? [] : [`failed: ${failure}`]), ...findings],
    }));

const roundWords = {
  rung: 'rung again',
  reposted: 'reposted',
  quarantined: 'quarantined',
  canceled: 'given up',
  repaired: 'repaired',
  reopened: 'reopened',
} as const satisfies Record<keyof SweepCounts, string>;

/** When the collector's last round was, what it took and what it did. */
const roundText = ({ collector, now }: Overview): string => {
  if (collector === null) return 'no round of the collector yet';
  const deeds = Object.entries(roundWords)
    .map(([key, words]) => ({ count: collector[key as keyof SweepCounts], words }))
    .filter(({ count }) => count > 0)
    .map(({ count, words }) => `${countText(count)} ${words}`);
  const when = `${distanceText(collector.at, now).text}, ${countText(collector.ms)} ms`;
  return `last round of the collector ${when}: ${deeds.join(', ') || 'nothing to mend'}`;
};

const facts = (overview: Overview) => [
  { label: 'Last minute', value: countText(overview.finishedLastMinute), unit: 'jobs finished' },
  { label: 'Last hour', value: countText(overview.finishedLastHour), unit: 'jobs finished' },
  { label: 'Running', value: countText(overview.uows.IN_PROGRESS), unit: 'units of work' },
  { label: 'Waiting', value: countText(overview.uows.REQUESTED), unit: 'for a worker' },
  {
    label: 'Up',
    value: formatDuration(overview.now - overview.startedAt),
    unit: `since ${distanceText(overview.startedAt, overview.now).full}`,
  },
  { label: 'Store', value: bytesText(overview.size.bytes), unit: growthText(overview.size.growthPerDay) },
];

const count = (look: StateLook, number: number) => ({
  ...look,
  count: countText(number),
  none: number === 0,
});

/** Units of work as they stand, what failed first. */
const unitCounts = ({ uows, quarantined }: Overview) => {
  const { INVALID, ...others } = uows;
  const counts: Readonly<Record<UnitStanding, number>> = {
    QUARANTINED: quarantined,
    RETRYING: INVALID - quarantined,
    ...others,
  };
  return Object.entries(counts).map(([standing, number]) =>
    count(unitStandingLook(standing as UnitStanding), number),
  );
};

/** Everything a person wants to know first. Pure. */
export const present = (
  overview: Overview,
  trees: readonly TreeSummary[],
  processes: readonly ProcessSummary[],
  events?: EventTroubles,
) => {
  const qualifiers = qualifiersOf(trees);
  const holds = holdsOf(overview, qualifiers);
  const housekeeping = housekeepingLines(overview);
  // One that is tried again is told of with its trigger: a burst of them would hide all else.
  const attention = overview.attention.filter(
    ({ processName, retryAt }) => processName !== EVENTS || retryAt === null,
  );
  return {
    facts: facts(overview),
    bar: countBar(overview.jobs),
    jobs: standingOrder.map((standing) => count(standingLook(standing), overview.jobs[standing])),
    units: unitCounts(overview),
    events,
    attention: attention.map((uow) => failedLine(uow, overview.now, qualifiers)),
    attentionTotal: countText(
      overview.attentionTotal + overview.standstills.length + housekeeping.length + (events?.total ?? 0),
    ),
    /** Undefined when there are none. */
    quarantined: overview.quarantined === 0 ? undefined : countText(overview.quarantined),
    attentionHidden: overview.attentionTotal - overview.attention.length,
    housekeeping,
    standstills: overview.standstills.map((still) => standstillLine(still, overview.now)),
    holds: holds.slice(0, MAX_HOLDS),
    /** All causes there are, where they are more than those shown. */
    holdsTotal: totalOf(overview, holds),
    boxes: overview.boxes.map((box) => boxLine(box, overview.now)),
    collector: roundText(overview),
    map: processMap(trees, processes),
    legend,
    store: overview.store,
    queue: overview.queue,
  };
};

/** What the overview shows. */
export type OverviewModel = ReturnType<typeof present>;

export const overviewPage = definePage({
  path: '/',
  nav: { label: 'Overview', icon: 'overview' },
  open: async ({ api, clock, hasTriggers = false }) => {
    const [overview, processes, events] = await Promise.all([
      api.overview(),
      api.managed(),
      hasTriggers ? readEvents(api, clock.now()) : undefined,
    ]);
    const model = present(overview, api.trees(), processes, events && presentEvents(events));
    return { view: 'overview', title: 'Overview', model };
  },
});
