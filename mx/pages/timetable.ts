import { z } from 'zod';
import { SynergyError } from '../../domain/errors.ts';
import type { JobKey } from '../../domain/model/record.ts';
import { countStandings } from '../../domain/timetable/standing.ts';
import type {
  JobView,
  NodeView,
  ProcessSummary,
  SchedulerApi,
  TreeSummary,
} from '../../scheduler/api/api.ts';
import { tileRowsOf, counterpart, defaultFocus, focusPath } from '../present/tile-row.ts';
import type { TileRow } from '../present/tile-row.ts';
import { countBar } from '../present/count-bar.ts';
import { nodeChip } from '../present/job-chip.ts';
import { tilePath, treePath } from '../present/link.ts';
import { legend, tileLook } from '../present/state-look.ts';
import { periodText, periodTitle } from '../present/time-text.ts';
import { definePage } from './page.ts';
import type { PageContext, PageView } from './page.ts';

/** A tree with what was read for it. */
export interface TreeData {
  readonly tree: TreeSummary;
  readonly bands: readonly TileRow[];
  readonly focus: JobView | undefined;
}

/** Trees on one page; each costs up to a thousand small cells. */
const MAX_LANES = 6;
/** Neighbours named beside the focus; its own page has them all. */
const MAX_NEIGHBOURS = 6;

const treeLink = (name: string) => ({ name, href: treePath(name) });

const sumCounts = ({ processes }: TreeSummary) =>
  countBar(countStandings((standing) => processes.reduce((sum, { counts }) => sum + counts[standing], 0)));

/** The job in focus, so that one need not leave the timetable to learn why it is not further. */
const focusOf = ({ node, explanation, dependencies, dependants }: JobView) => ({
  chip: nodeChip(node),
  title: periodTitle(node.qualifier, node.timeperiod),
  look: tileLook(node),
  summary: explanation.summary,
  waitsFor: dependencies.slice(0, MAX_NEIGHBOURS).map(nodeChip),
  waitedForBy: dependants.slice(0, MAX_NEIGHBOURS).map(nodeChip),
});

/** One tree, opened down to the period in focus. */
const panel = ({ tree, bands, focus }: TreeData, processes: readonly ProcessSummary[]) => ({
  ...treeLink(tree.name),
  description: tree.description,
  dependsOn: tree.dependsOn.map(treeLink),
  bar: sumCounts(tree),
  bands,
  oldest: processes.flatMap(({ process: { name, qualifier }, tree: own, oldestUnfinished: timeperiod }) =>
    own === tree.name && timeperiod !== null
      ? [
          {
            href: tilePath(own, { processName: name, timeperiod }),
            text: periodText(qualifier, timeperiod),
            process: name,
          },
        ]
      : [],
  ),
  focus: focus && focusOf(focus),
});

/** What was read for the page. */
export interface TimetableData {
  readonly trees: readonly TreeSummary[];
  readonly panels: readonly TreeData[];
  readonly hiddenTrees: number;
  readonly processes: readonly ProcessSummary[];
}

/** The trees side by side in time, and the tabs to get to each. Pure. */
export const present = (
  { trees, panels, hiddenTrees, processes }: TimetableData,
  chosen: string | undefined,
) => ({
  tabs: trees.map(({ name }) => ({ ...treeLink(name), active: name === chosen })),
  panels: panels.map((data) => panel(data, processes)),
  hiddenTrees: Math.max(0, hiddenTrees),
  legend,
});

/** What the timetable shows. */
export type TimetableModel = ReturnType<typeof present>;

const loadLane = async (
  api: SchedulerApi,
  tree: TreeSummary,
  focus: NodeView | undefined,
): Promise<TreeData> => {
  if (focus === undefined) return { tree, bands: [], focus: undefined };
  const bands = tileRowsOf(api, tree.name, focusPath(api, tree, focus));
  return { tree, bands, focus: await api.job(focus) };
};

/** A tree, those it waits for, those that wait for it, and those that share its page. */
const related = (tree: TreeSummary, trees: readonly TreeSummary[]): TreeSummary[] =>
  trees.filter(
    (other) =>
      other !== tree &&
      (tree.dependsOn.includes(other.name) ||
        other.dependsOn.includes(tree.name) ||
        other.page === tree.page),
  );

/** Which tree, and which of its periods, the page is opened on. */
interface Choice {
  readonly tree?: string;
  readonly focus?: JobKey;
}

const chooseTree = (
  trees: readonly TreeSummary[],
  { tree: name, focus }: Choice,
): TreeSummary | undefined => {
  if (name === undefined) return trees[0];
  const tree = trees.find((candidate) => candidate.name === name);
  if (tree === undefined) {
    throw new SynergyError(
      'NOT_FOUND',
      `there is no tree '${name}': expected one of ${trees.map((one) => one.name).join(', ')}`,
    );
  }
  if (focus !== undefined && !tree.processes.some((process) => process.name === focus.processName)) {
    throw new SynergyError('NOT_FOUND', `tree '${name}' has no process '${focus.processName}'`);
  }
  return tree;
};

const open = async ({ api, timetableClock }: PageContext, choice: Choice): Promise<PageView> => {
  const trees = api.trees();
  const now = timetableClock.now();
  const tree = chooseTree(trees, choice);
  const focus = choice.focus ? api.node(choice.focus) : tree && defaultFocus(api, tree, now);
  const others = tree === undefined ? [] : choice.tree === undefined ? trees.slice(1) : related(tree, trees);
  const twin = (other: TreeSummary): NodeView | undefined =>
    (focus && counterpart(api, other, focus)) ?? defaultFocus(api, other, now);
  const panels = await Promise.all([
    ...(tree === undefined ? [] : [loadLane(api, tree, focus)]),
    ...others.slice(0, MAX_LANES - 1).map((other) => loadLane(api, other, twin(other))),
  ]);
  return {
    view: 'timetable',
    title: choice.tree === undefined ? 'Timetable' : `Timetable of ${choice.tree}`,
    model: present(
      { trees, panels, hiddenTrees: others.length + 1 - panels.length, processes: await api.managed() },
      choice.tree,
    ),
  };
};

export const timetablePage = definePage({
  path: '/timetable',
  nav: { label: 'Timetable', icon: 'timetable' },
  open: (context) => open(context, {}),
});

export const treePage = definePage({
  path: '/timetable/:tree',
  params: z.strictObject({ tree: z.string() }),
  open: (context, { tree }) => open(context, { tree }),
});

export const tilePage = definePage({
  path: '/timetable/:tree/:process/:timeperiod',
  params: z.strictObject({ tree: z.string(), process: z.string(), timeperiod: z.string() }),
  open: (context, { tree, process, timeperiod }) =>
    open(context, { tree, focus: { processName: process, timeperiod } }),
});
