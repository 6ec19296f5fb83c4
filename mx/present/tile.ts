import type { Qualifier } from '../../domain/time/qualifier.ts';
import { failingOf, standingCode, worstFailure } from '../../domain/timetable/standing.ts';
import type { NodeView } from '../../scheduler/api/api.ts';
import { countBar } from './count-bar.ts';
import { jobPath, tilePath } from './link.ts';
import { standingLook, tileLook } from './state-look.ts';
import type { StateLook } from './state-look.ts';
import { looseTileText, periodTitle, tileText, weekdayOf } from './time-text.ts';

/** Children beyond this many are told by the bar alone. */
export const MAX_CELLS = 31;

/** Failing jobs below it, with the look of the worst of them; undefined when there are none. */
const troubleBelow = ({ counts }: NodeView) => {
  const worst = counts && worstFailure(counts);
  return worst && { ...standingLook(worst), count: failingOf(counts) };
};

/** Class of the smallest drawing of a job: `c0` to `c7` as standings are numbered, by the worst of itself and what is below it. */
export const cellOf = ({ standing, counts }: NodeView): string => {
  const below = counts && worstFailure(counts);
  const worst = standing === 'QUARANTINED' || below === undefined ? standing : below;
  return `c${standingCode(worst)}`;
};

/** Place of a period among its siblings, from 1; years have none. */
export const slotOf = (qualifier: Qualifier, timeperiod: string): number => {
  const [from, base] = { yearly: [0, 0], monthly: [4, 0], daily: [6, 0], hourly: [8, 1] }[qualifier] as [
    number,
    number,
  ];
  return qualifier === 'yearly' ? 0 : Number(timeperiod.slice(from, from + 2)) + base;
};

/** Months show their days as a calendar does: weeks below each other, from Monday. */
const leadOf = (first: NodeView | undefined): number => {
  if (first === undefined) return 0;
  return first.qualifier === 'daily'
    ? weekdayOf('daily', first.timeperiod)
    : slotOf(first.qualifier, first.timeperiod) - 1;
};

const titleOf = (node: NodeView, look: StateLook): string => {
  const own = `${node.processName}, ${periodTitle(node.qualifier, node.timeperiod)}: ${look.label}`;
  const redo = node.redo ? ', being redone' : '';
  const below = node.counts === undefined ? '' : ` (below it ${countBar(node.counts).text})`;
  return `${own}${redo}${below}`;
};

/** How a tile stands in its band. */
export interface TileSetting {
  /** Drawn small inside; empty when there are none or too many. */
  readonly children: readonly NodeView[];
  /** The band has one place for each period of the enclosing one. */
  readonly slotted: boolean;
  /** Timeperiod in focus. */
  readonly focus: string | undefined;
}

/** Narrowest stretch of a tile's bar: tiles are narrow themselves. */
const NARROWEST = 4;

/** A period of a process on the timetable, with its children drawn small. */
export const tileOf = (node: NodeView, { children, slotted, focus }: TileSetting) => {
  const look = tileLook(node);
  const focused = focus === node.timeperiod;
  const text = slotted ? tileText : looseTileText;
  return {
    href: focused ? jobPath(node) : tilePath(node.tree, node),
    text: text(node.qualifier, node.timeperiod),
    title: titleOf(node, look),
    look,
    /** Its place in a full row, 1 for the first hour, day or month; 0 when it stands loosely. */
    slot: slotted ? slotOf(node.qualifier, node.timeperiod) : 0,
    /** Day of the week of a day, 0 is Monday; a narrow screen shows days as weeks. */
    weekday: node.qualifier === 'daily' ? weekdayOf('daily', node.timeperiod) : undefined,
    bar: node.counts === undefined ? undefined : countBar(node.counts, NARROWEST),
    /** One letter for each child in order, see `cellOf`; preceded by `lead` cells that are left free. */
    cells: children.map(cellOf),
    lead: leadOf(children[0]),
    focused,
    trouble: troubleBelow(node),
    redo: node.redo,
  };
};
