import { z } from 'zod';
import { canJob } from '../../domain/machine/transition.ts';
import { toDiagram } from '../../domain/machine/diagram.ts';
import { machines } from '../../domain/machine/registry.ts';
import type { Blocker } from '../../domain/timetable/blocker.ts';
import type { Explanation, JobView, NodeView, SchedulerApi } from '../../scheduler/api/api.ts';
import { increment } from '../../domain/time/timeperiod.ts';
import { jobKeyText } from '../../domain/model/entity.ts';
import { blockerKey } from '../../domain/timetable/blocker.ts';
import { blockerLine } from '../present/blocker-text.ts';
import type { BlockerSetting } from '../present/blocker-text.ts';
import { findNode } from '../present/find-node.ts';
import { nodeChip, qualifiersOf } from '../present/job-chip.ts';
import { actionPath, jobPath, journalPath, tilePath, treePath } from '../present/link.ts';
import { readLog } from '../present/log-text.ts';
import type { LogText } from '../present/log-text.ts';
import { anyLook, standingLook, tileLook } from '../present/state-look.ts';
import type { StateLook } from '../present/state-look.ts';
import { drawMachine } from '../present/state-diagram.ts';
import { tileOf } from '../present/tile.ts';
import { clockText, periodText, periodTitle } from '../present/time-text.ts';
import { transitionLine } from '../present/transition-line.ts';
import { unitLine } from '../present/unit-line.ts';
import { definePage } from './page.ts';

const MAX_CHIPS = 24;
const MAX_CHILDREN = 62;

/** A list that is cut off says how many it leaves out. */
const capped = <S, T>(all: readonly S[], max: number, map: (item: S) => T) => ({
  items: all.slice(0, max).map(map),
  hidden: Math.max(0, all.length - max),
});

/** What a person can do; `refused` says why it cannot be done now, and is undefined when it can. */
const actionsOf = ({ node, uows }: JobView) => {
  const key = { processName: node.processName, timeperiod: node.timeperiod };
  const unit = uows.find(
    ({ state }) => state === 'REQUESTED' || state === 'IN_PROGRESS' || state === 'INVALID',
  );
  return [
    {
      label: 'Reprocess',
      href: actionPath('reprocess', key),
      refused: canJob(node.state, 'reprocess') ? undefined : 'nothing to redo: it has not started',
    },
    {
      label: 'Skip',
      href: actionPath('skip', key),
      refused: canJob(node.state, 'skip') ? undefined : 'it is finished',
    },
    {
      label: 'Release unit',
      href: actionPath('release-uow', { uowId: unit?.id ?? '' }),
      refused: unit?.state === 'INVALID' ? undefined : 'no unit of work has failed',
    },
    {
      label: 'Cancel unit',
      href: actionPath('cancel-uow', { uowId: unit?.id ?? '' }),
      refused: unit === undefined ? 'no unit of work is unfinished' : undefined,
    },
  ];
};

const partTile = (node: NodeView) => ({
  ...tileOf(node, { children: [], slotted: true, focus: undefined }),
  slot: 0,
  bar: undefined,
  href: jobPath(node),
});

/** What was read for the page. */
export interface JobData {
  readonly job: JobView;
  readonly earlier: NodeView | undefined;
  readonly later: NodeView | undefined;
  readonly log: LogText | undefined;
}

/** What it waits for itself, where that is not what it waits for in the end. */
const ownBlockers = ({ blockers, roots }: Explanation): readonly Blocker[] => {
  const text = (all: readonly Blocker[]): string => JSON.stringify(all.map(blockerKey).sort());
  return text(blockers) === text(roots) ? [] : blockers;
};

/** Jobs whose changes concern the page. */
const watched = ({ node, parent, children, dependencies, explanation }: JobView): string =>
  [
    ...new Set(
      [node, ...(parent ? [parent] : []), ...children, ...dependencies, ...explanation.roots].map(jobKeyText),
    ),
  ].join(' ');

const POLL = 2;

/** The machine has no state of its own for a job that fails: its current one is drawn as failing. */
const lookInDiagram = ({ state: current, standing }: NodeView, state: string): StateLook => {
  const look = anyLook('job', state);
  return state === current ? { ...look, glyph: standingLook(standing).glyph } : look;
};

/** All there is to know of one job. Pure. */
export const present = ({ job, earlier, later, log }: JobData, setting: BlockerSetting) => {
  const { node, process, record, interval, parent, explanation, transitions, uows } = job;
  const taken = transitions.map(({ from, to }) => ({ from, to }));
  return {
    name: node.processName,
    period: periodText(node.qualifier, node.timeperiod),
    title: periodTitle(node.qualifier, node.timeperiod),
    timeperiod: node.timeperiod,
    description: process.description,
    look: tileLook(node),
    redo: node.redo,
    version: node.version,
    failures: record?.failures ?? 0,
    tree: { name: node.tree, href: treePath(node.tree) },
    tileHref: tilePath(node.tree, node),
    from: clockText(interval.start),
    to: clockText(interval.end),
    watch: watched(job),
    /** Seconds between looks, since progress and log lines are not told. */
    poll: uows.some(({ state }) => state === 'IN_PROGRESS') ? POLL : undefined,
    parent: parent && nodeChip(parent),
    /** The same process one period earlier and later, where the timetable has it. */
    earlier: earlier && jobPath(earlier),
    later: later && jobPath(later),
    actions: actionsOf(job),
    summary: explanation.summary,
    roots: capped(explanation.roots, MAX_CHIPS, (root) => blockerLine(root, setting)),
    blockers: capped(ownBlockers(explanation), MAX_CHIPS, (blocker) => blockerLine(blocker, setting)),
    diagram: drawMachine(toDiagram(machines.job), { current: node.state, taken }, (state) =>
      lookInDiagram(node, state),
    ),
    journalHref: journalPath(jobKeyText(node)),
    transitions: transitions.map((row) => transitionLine(row, setting.qualifiers)),
    units: uows.map((uow) => unitLine(uow, setting.now)),
    log,
    children: capped(job.children, MAX_CHILDREN, partTile),
    dependencies: capped(job.dependencies, MAX_CHIPS, nodeChip),
    dependants: capped(job.dependants, MAX_CHIPS, nodeChip),
  };
};

/** What the page of a job shows. */
export type JobModel = ReturnType<typeof present>;

const lastLog = async (api: SchedulerApi, { uows }: JobView): Promise<LogText | undefined> => {
  const newest = uows.reduce<JobView['uows'][number] | undefined>(
    (a, b) => (a && a.sequence > b.sequence ? a : b),
    undefined,
  );
  return newest && readLog(api, newest.id, 0);
};

const beside = (
  api: SchedulerApi,
  { processName, timeperiod, qualifier }: NodeView,
  delta: number,
): NodeView | undefined =>
  findNode(api, { processName, timeperiod: increment(qualifier, timeperiod, delta) });

export const jobPage = definePage({
  path: '/jobs/:process/:timeperiod',
  params: z.strictObject({ process: z.string(), timeperiod: z.string() }),
  open: async ({ api, clock, timetableClock }, { process, timeperiod }) => {
    const job = await api.job({ processName: process, timeperiod });
    const data = {
      job,
      earlier: beside(api, job.node, -1),
      later: beside(api, job.node, 1),
      log: await lastLog(api, job),
    };
    const setting = {
      now: clock.now(),
      timetableNow: timetableClock.now(),
      qualifiers: qualifiersOf(api.trees()),
    };
    const model = present(data, setting);
    return { view: 'job', title: `${model.name} ${model.period}`, model };
  },
});
