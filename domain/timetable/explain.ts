import { isUowHolding } from '../machine/transition.ts';
import type { UowRecord } from '../model/record.ts';
import type { WorkerGap } from '../model/worker-gap.ts';
import type { WaitsFor } from '../strategy/decision.ts';
import { decide } from './decide.ts';
import { blockerKey } from './blocker.ts';
import { isRetrying } from './standing.ts';
import type { Blocker, BlockerKind } from './blocker.ts';
import type { Level, LiveUnit } from './level.ts';
import { inputsOf, linkProgress } from './link.ts';
import type { Link } from './link.ts';
import { dueTimes } from './readiness.ts';
import { coveredPeriods, coveringNode, isCovered, keyOf, labelsOf } from './timetable.ts';
import type { Node, Timetable } from './timetable.ts';

/** What an explanation needs beside the timetable; all of it as known to the caller. */
export interface Circumstances {
  /** Timetable time, ms. */
  readonly now: number;
  isOn(processName: string): boolean;
  /** Next time the trigger of a process fires, ms; undefined when never. */
  nextFire(processName: string): number | undefined;
  /** Record of an unfinished unit of work, where it was read. */
  uow(id: string): UowRecord | undefined;
  /** Instant up to which a data source is complete, ms; undefined when it counts as complete. */
  watermark?(source: string): number | undefined;
  /** Why no worker serves a process; undefined while one does, or when that is not known. */
  workerGap?(processName: string): WorkerGap | undefined;
  /** A daemon that stays down; undefined when there is none. It may be the one that fills a source. */
  failedDaemon?(): Pick<WorkerGap, 'text' | 'command'> | undefined;
}

type Extra = Omit<Blocker, 'kind' | 'processName' | 'timeperiod' | 'state' | 'standing'>;

const blocker = (kind: BlockerKind, node: Node, extra: Extra = {}): Blocker => ({
  kind,
  ...keyOf(node),
  state: node.level.state(node.index),
  standing: node.level.standing(node.index),
  ...extra,
});

/**
 * The minimal set of what a node waits for: each of them must end before it goes on, and nothing else. Empty
 * for a finished job, unless that is a covered period whose job is not. Its strategy says what that is, the same that the
 * scheduler asks; what no strategy knows of is added: the switch of the process, its order, its slots and its trigger.
 */
export const blockersOf = (timetable: Timetable, node: Node, around: Circumstances): readonly Blocker[] => {
  const { level, index } = node;
  if (level.isFinished(index)) return level.open.has(index) ? [coveringBlocker(node)] : [];
  const source = sourceBlocker(node, around);
  const look = { now: around.now, occasion: 'event' } as const;
  const decision = decide(timetable, node, look, { complete: source === undefined });
  if (decision.do === 'refuse') return [futureBlocker(node)];
  const off = around.isOn(level.process.name) ? [] : [blocker('process-off', node)];
  const waitsFor = decision.do === 'wait' ? decision.for : [];
  if (waitsFor.includes('unit')) return unitBlockers(node, around, off);
  const found = [
    ...off,
    ...timeBlockers(node, waitsFor),
    ...(source !== undefined && waitsFor.includes('source') ? [source] : []),
    ...inputBlockers(timetable, node, waitsFor),
    ...orderBlockers(node),
  ];
  return found.length > 0 ? found : [slotBlocker(node) ?? triggerBlocker(node, around)];
};

/** A covered period is finished only as the job that covers it is. */
const coveringBlocker = (node: Node): Blocker => {
  const cover = coveringNode(node);
  return blocker('covering-job', cover, untilItIs(cover));
};

/** When a node that does not exist yet begins to. */
const untilItIs = (node: Node): Extra =>
  node.index < node.level.size ? {} : { until: dueTimes(node).start };

const futureBlocker = (node: Node): Blocker => blocker('future', node, { until: dueTimes(node).start });

/** A unit that a worker has, or may have at once, goes on though its process is off. */
const unitBlockers = (node: Node, around: Circumstances, off: readonly Blocker[]): readonly Blocker[] => {
  const unit = node.level.units.get(node.index) as LiveUnit;
  return [...(unit.state === 'INVALID' ? off : []), unitBlocker(node, unit, around)];
};

const unitBlocker = (node: Node, unit: LiveUnit, around: Circumstances): Blocker => {
  const { error, lease, startedAt } = around.uow(unit.id) ?? {};
  switch (unit.state) {
    case 'REQUESTED':
      return workerBlocker(node, unit, around);
    case 'INVALID': {
      const after = { unit: unit.id, ...(error ? { detail: error } : {}) };
      return isRetrying(unit)
        ? blocker('retry', node, { until: unit.retryAt, ...after })
        : blocker('quarantined', node, after);
    }
    default:
      return blocker('running', node, {
        since: startedAt ?? unit.since,
        ...(lease ? { until: lease.expiresAt, detail: lease.owner } : { detail: unit.id }),
      });
  }
};

const workerBlocker = (node: Node, unit: LiveUnit, around: Circumstances): Blocker => {
  const gap = around.workerGap?.(node.level.process.name);
  if (gap === undefined) return blocker('waiting-for-worker', node, { since: unit.since, detail: unit.id });
  const since = gap.since === undefined ? {} : { since: gap.since };
  return blocker('no-worker', node, { ...since, detail: gap.text, command: gap.command });
};

const timeBlockers = (node: Node, waitsFor: readonly WaitsFor[]): Blocker[] => {
  const { end, due } = dueTimes(node);
  if (waitsFor.includes('period-end')) return [blocker('period-open', node, { until: end })];
  return waitsFor.includes('start-lag') ? [blocker('start-lag', node, { until: due })] : [];
};

/** The source of a period, while it is not complete up to its end. */
export const sourceBlocker = (node: Node, around: Circumstances): Blocker | undefined => {
  const { source } = node.level.process;
  const { end } = dueTimes(node);
  const watermark = source === undefined ? undefined : around.watermark?.(source);
  if (watermark === undefined || watermark >= end) return undefined;
  const down = around.failedDaemon?.();
  return blocker('source-open', node, {
    until: watermark,
    ...(down === undefined ? {} : { detail: down.text, command: down.command }),
  });
};

/** Which inputs must have finished before a node goes on. */
interface Needs {
  readonly children: boolean;
  readonly dependencies: 'none' | 'finished' | 'ready';
  /** Those that are being redone, in any case. */
  readonly redone: boolean;
}

const needsOf = ({ level, index }: Node, waitsFor: readonly WaitsFor[]): Needs => {
  const { blocking } = level.process;
  const redone = level.redo(index);
  if (waitsFor.includes('inputs-to-end') || blocking === 'children')
    return { children: true, dependencies: 'finished', redone };
  return { children: false, dependencies: blocking === 'normal' ? 'none' : 'ready', redone };
};

const inputBlockers = (timetable: Timetable, node: Node, waitsFor: readonly WaitsFor[]): Blocker[] => {
  if (!waitsFor.includes('inputs-to-run') && !waitsFor.includes('inputs-to-end')) return [];
  const needs = needsOf(node, waitsFor);
  const links = timetable.inputs.get(node.level.process.name) ?? [];
  const found = links.flatMap((link) =>
    coveredPeriods(node).flatMap((period) => dependencyBlockers(link, period, needs)),
  );
  return [...childBlockers(node, needs), ...eachOnce(found)];
};

/** One job may cover many of the periods that are waited for. */
const eachOnce = (found: readonly Blocker[]): Blocker[] => [
  ...new Map(found.map((one) => [blockerKey(one), one])).values(),
];

const childBlockers = ({ level, index }: Node, needs: Needs): Blocker[] => {
  const { child } = level;
  if (child === undefined) return [];
  const { from, to } = level.coveredChildren(index);
  return labelsOf(child, [...child.open.between(from, to)])
    .map((open) => ({ node: { level: child, index: open }, redone: needs.redone && child.redo(open) }))
    .filter(({ redone }) => redone || needs.children)
    .map(({ node, redone }) => blocker(redone ? 'inputs-redone' : 'child', node, untilItIs(node)));
};

/** What one period of a job waits for by one link. */
const dependencyBlockers = (link: Link, period: number, needs: Needs): Blocker[] => {
  const { input, atLeast } = link;
  const { from, to } = inputsOf(link, period);
  const { unready, unfinished } = linkProgress(link, period);
  const short = { none: 0, finished: unfinished, ready: unready }[needs.dependencies];
  const enough = atLeast === undefined ? {} : { detail: `any ${atLeast} of ${to - from} are enough` };
  const dependency = (index: number): Blocker => {
    const node = coveringNode({ level: input, index });
    return blocker('dependency', node, { ...untilItIs(node), ...enough });
  };
  const open = [...input.open.between(from, to)];
  const found = open
    .map((at, rank) => ({ at, redone: needs.redone && input.redo(input.labelOf(at)), wanted: rank < short }))
    .filter(({ redone, wanted }) => redone || wanted)
    .map(({ at, redone }) =>
      redone ? blocker('inputs-redone', coveringNode({ level: input, index: at })) : dependency(at),
    );
  // Periods that do not exist yet stand as one: the last of them that is needed.
  const missing = short - open.length;
  return missing <= 0 ? found : [...found, dependency(Math.max(from, input.size) + missing - 1)];
};

const holds = (unit: LiveUnit | undefined): boolean => unit !== undefined && isUowHolding(unit.state);

/** An ordered process does not begin a period while an earlier one is unfinished and not at work. */
const orderBlockers = ({ level, index }: Node): Blocker[] => {
  if (!level.process.ordered || level.units.has(index)) return [];
  for (const earlier of level.active.between(0, index)) {
    if (!isCovered({ level, index: earlier }) && !holds(level.units.get(earlier)))
      return [blocker('ordered-behind', { level, index: earlier })];
  }
  return [];
};

/** All slots are taken: by one of these. */
const slotBlocker = ({ level }: Node): Blocker | undefined => {
  const [holder] = [...level.units].filter(([, unit]) => holds(unit));
  if (holder === undefined || level.slotsUsed() < level.process.concurrency) return undefined;
  const [index, unit] = holder;
  return blocker('concurrency-full', { level, index }, { detail: unit.id });
};

const triggerBlocker = (node: Node, around: Circumstances): Blocker => {
  const next = around.nextFire(node.level.process.name);
  return blocker('waiting-for-trigger', node, next === undefined ? {} : { until: next });
};

/** Kinds that a person or time must mend; the others lead on to another job. */
const isRoot = ({ kind }: Blocker): boolean =>
  !['covering-job', 'child', 'dependency', 'inputs-redone', 'ordered-behind', 'concurrency-full'].includes(
    kind,
  );

/** Follows blockers to the end of their chains: what really holds a node up, each once, at most `limit`. */
export const rootBlockers = (
  timetable: Timetable,
  node: Node,
  around: Circumstances & { readonly limit: number },
): readonly Blocker[] => {
  const seen = new Set<string>();
  const roots: Blocker[] = [];
  const queue: Node[] = [node];
  for (let next = queue.shift(); next !== undefined && roots.length < around.limit; next = queue.shift()) {
    for (const found of blockersOf(timetable, next, around)) {
      const key = blockerKey(found);
      if (seen.has(key)) continue;
      seen.add(key);
      if (isRoot(found)) {
        roots.push(found);
        continue;
      }
      const level = timetable.levels.get(found.processName) as Level;
      const index = level.indexOf(found.timeperiod);
      if (index < level.size) queue.push({ level, index });
      else roots.push(futureBlocker({ level, index }));
    }
  }
  return roots.slice(0, around.limit);
};
