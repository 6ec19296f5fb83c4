import { HOUR } from '../../domain/time/calendar.ts';
import { cast, current, increment } from '../../domain/time/timeperiod.ts';
import { isCoarser } from '../../domain/time/qualifier.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import type { NodeView, SchedulerApi, TreeSummary } from '../../scheduler/api/api.ts';
import { findNode } from './find-node.ts';
import { tilePath } from './link.ts';
import { countText } from './number-text.ts';
import { MAX_CELLS, tileOf } from './tile.ts';
import { periodText } from './time-text.ts';

/** Tiles of one band; more are reached by `earlier` and `later`. */
const MAX_TILES = 62;
/** Periods at the top of a tree. */
const TOP_TILES: Readonly<Record<Qualifier, number>> = { yearly: 12, monthly: 24, daily: 62, hourly: 48 };

const nouns: Readonly<Record<Qualifier, string>> = {
  yearly: 'years',
  monthly: 'months',
  daily: 'days',
  hourly: 'hours',
};
const enclosing: Readonly<Partial<Record<Qualifier, Qualifier>>> = {
  monthly: 'yearly',
  daily: 'monthly',
  hourly: 'daily',
};

/** The nodes from the top of a tree down to the one in focus. */
export const focusPath = (api: SchedulerApi, tree: TreeSummary, focus: NodeView): NodeView[] =>
  tree.processes
    .filter(({ qualifier }) => isCoarser(qualifier, focus.qualifier))
    .map(({ name, qualifier }) =>
      api.node({ processName: name, timeperiod: cast(qualifier, focus.timeperiod) }),
    )
    .concat(focus);

/** The same period in another tree, or the one around it where that tree has no level so fine. */
export const counterpart = (api: SchedulerApi, tree: TreeSummary, focus: NodeView): NodeView | undefined => {
  const level = tree.processes.findLast(({ qualifier }) => !isCoarser(focus.qualifier, qualifier));
  if (level === undefined) return undefined;
  return findNode(api, { processName: level.name, timeperiod: cast(level.qualifier, focus.timeperiod) });
};

/** Where a tree is looked at first: the finest period with parts around the last full hour; the newest when it has not come that far. */
export const defaultFocus = (api: SchedulerApi, tree: TreeSummary, now: number): NodeView | undefined => {
  const levels = tree.processes.length > 1 ? tree.processes.slice(0, -1) : tree.processes;
  const level = levels.at(-1);
  const at =
    level && findNode(api, { processName: level.name, timeperiod: current(level.qualifier, now - HOUR) });
  return at ?? api.roots(tree.name, { limit: 1 }).nodes[0];
};

interface Level {
  readonly nodes: readonly NodeView[];
  readonly total: number | undefined;
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

const topLevel = (api: SchedulerApi, tree: string, focus: NodeView): Level => {
  const limit = TOP_TILES[focus.qualifier];
  const newest = api.roots(tree, { limit });
  const isShown = newest.nodes.some(({ timeperiod }) => timeperiod === focus.timeperiod);
  const page = isShown
    ? newest
    : api.roots(tree, { limit, before: increment(focus.qualifier, focus.timeperiod, 1) });
  return { nodes: page.nodes.toReversed(), total: undefined, hasEarlier: page.more, hasLater: !isShown };
};

const lowerLevel = (api: SchedulerApi, parent: NodeView, focus: NodeView | undefined): Level => {
  const all = api.children(parent);
  const at =
    focus === undefined ? all.length - 1 : all.findIndex(({ timeperiod }) => timeperiod === focus.timeperiod);
  const first = Math.max(0, Math.min(all.length - MAX_TILES, at - MAX_TILES / 2));
  const nodes = all.slice(first, first + MAX_TILES);
  return { nodes, total: all.length, hasEarlier: first > 0, hasLater: first + nodes.length < all.length };
};

const neighbour = (node: NodeView | undefined, delta: number): string | undefined =>
  node && tilePath(node.tree, { ...node, timeperiod: increment(node.qualifier, node.timeperiod, delta) });

const slots = (qualifier: Qualifier, parent: NodeView): number =>
  qualifier === 'monthly' ? 12 : qualifier === 'hourly' ? 24 : daysOf(parent.timeperiod);

const daysOf = (month: string): number => {
  const next = increment('monthly', month, 1);
  return Number(increment('daily', `${next.slice(0, 6)}0100`, -1).slice(6, 8));
};

const bandOf = (
  api: SchedulerApi,
  level: Level,
  parent: NodeView | undefined,
  focus: NodeView | undefined,
) => {
  const { nodes } = level;
  const first = nodes[0];
  if (first === undefined) return [];
  const { qualifier, processName } = first;
  const slotted = parent !== undefined && enclosing[qualifier] === parent.qualifier;
  const tiles = nodes.map((node) => {
    const children = node.childCount > 0 && node.childCount <= MAX_CELLS ? api.children(node) : [];
    return tileOf(node, { children, slotted, focus: focus?.timeperiod });
  });
  const all = slotted ? Array.from({ length: slots(qualifier, parent) }, (_, index) => index + 1) : [];
  const of = parent === undefined ? '' : ` of ${periodText(parent.qualifier, parent.timeperiod)}`;
  return [
    {
      qualifier,
      processName,
      /** `months of 2015`. */
      title: `${nouns[qualifier]}${of}`,
      /** Each tile has its place in a full row, so that a day stands where the calendar has it. */
      slotted,
      tiles,
      /** Places of the row without a job: before the start of the timetable, or still to come. */
      missing: all.filter((slot) => !tiles.some((tile) => tile.slot === slot)),
      earlier: level.hasEarlier ? neighbour(first, -1) : undefined,
      later: level.hasLater ? neighbour(nodes.at(-1), 1) : undefined,
      cap: capText(level),
    },
  ];
};

/** Said when the band does not show all there is. */
const capText = ({ nodes, total, hasEarlier, hasLater }: Level): string | undefined => {
  if (!hasEarlier && !hasLater) return undefined;
  return total === undefined
    ? `${countText(nodes.length)} shown, there are more`
    : `${countText(nodes.length)} of ${countText(total)} shown`;
};

/** The bands of a tree from its top down to the parts of the last node of `path`. */
export const tileRowsOf = (api: SchedulerApi, tree: string, path: readonly NodeView[]) => {
  const [top] = path;
  if (top === undefined) return [];
  const below = path.flatMap((parent, index) => {
    if (parent.childCount === 0) return [];
    const focus = path[index + 1];
    return bandOf(api, lowerLevel(api, parent, focus), parent, focus);
  });
  return [...bandOf(api, topLevel(api, tree, top), undefined, top), ...below];
};

/** One level of a tree around the period in focus: the months of its year, the days of its month. */
export type TileRow = ReturnType<typeof tileRowsOf>[number];
