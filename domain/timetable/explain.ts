import { isUowFinished, isUowHolding } from '../machine/transition.ts';
import type { UowRecord } from '../model/record.ts';
import type { Blocker, BlockerKind } from './blocker.ts';
import type { LiveUnit } from './level.ts';
import { inputsOf, linkProgress, openInputs } from './link.ts';
import { dueTimes, redoneInput } from './readiness.ts';
import { isCovered, keyOf } from './timetable.ts';
import type { Node, Timetable } from './timetable.ts';

/** What an explanation needs beside the timetable; all of it as known to whoever asks. */
export interface Circumstances {
  /** Timetable time, ms. */
  readonly now: number;
  isOn(processName: string): boolean;
  /** Next time the trigger of a process fires, ms; undefined when never. */
  nextFire(processName: string): number | undefined;
  /** Record of an unfinished unit of work, where it was read. */
  uow(id: string): UowRecord | undefined;
}

type Extra = Omit<Blocker, 'kind' | 'processName' | 'timeperiod' | 'state'>;

const blocker = (kind: BlockerKind, node: Node, extra: Extra = {}): Blocker => ({
  kind,
  ...keyOf(node),
  state: node.level.state(node.index),
  ...extra,
});

/**
 * The minimal set of unmet inputs of a node: removing any one of them is needed before it goes on. Empty for
 * a finished job. The scheduler acts on the same facts; see `factsOf`.
 */
export const blockersOf = (timetable: Timetable, node: Node, around: Circumstances): readonly Blocker[] => {
  const { level, index } = node;
  if (level.isFinished(index)) return [];
  if (dueTimes(node).start > around.now) return [blocker('future', node, { until: dueTimes(node).start })];
  const off = around.isOn(level.process.name) ? [] : [blocker('process-off', node)];
  const unit = level.units.get(index);
  if (unit !== undefined && !isUowFinished(unit.state)) return [...off, unitBlocker(node, around)];
  const early = timeBlocker(node, around.now);
  const inputs = inputBlockers(timetable, node);
  if (off.length + early.length + inputs.length > 0) return [...off, ...early, ...inputs];
  return [
    slotBlocker(node) ?? blocker('waiting-for-trigger', node, until(around.nextFire(level.process.name))),
  ];
};

const until = (instant: number | undefined): Extra => (instant === undefined ? {} : { until: instant });

const unitBlocker = (node: Node, around: Circumstances): Blocker => {
  const unit = node.level.units.get(node.index) as LiveUnit;
  const record = around.uow(unit.id);
  const error = record?.error ?? undefined;
  const detail = error === undefined ? { detail: unit.id } : { detail: error };
  if (unit.state === 'REQUESTED')
    return blocker('waiting-for-worker', node, { since: unit.since, detail: unit.id });
  if (unit.state === 'INVALID') {
    return unit.retryAt === null
      ? blocker('quarantined', node, detail)
      : blocker('retry', node, { until: unit.retryAt, ...detail });
  }
  const { lease } = record ?? {};
  return blocker('running', node, {
    since: record?.startedAt ?? unit.since,
    ...(lease ? { until: lease.expiresAt, detail: lease.owner } : { detail: unit.id }),
  });
};

/** A period that is still open, or its start lag: only where the strategy waits for them. */
const timeBlocker = (node: Node, now: number): Blocker[] => {
  if (node.level.process.strategy !== 'discrete' || isCovered(node)) return [];
  const { end, due } = dueTimes(node);
  if (end > now) return [blocker('period-open', node, { until: end })];
  return due > now ? [blocker('start-lag', node, { until: due })] : [];
};

const inputBlockers = (timetable: Timetable, node: Node): Blocker[] => {
  const { level, index } = node;
  if (isCovered(node)) return [];
  const { blocking } = level.process;
  const finishing = level.state(index) !== 'EMBRYO' && !level.redo(index);
  const redone = level.redo(index) ? redoneInput(timetable, node) : undefined;
  if (redone !== undefined) return [blocker('inputs-redone', redone)];
  const found: Blocker[] = [];
  if (blocking === 'children' || finishing) found.push(...childBlockers(node));
  if (blocking !== 'normal' || finishing) found.push(...dependencyBlockers(timetable, node));
  return found;
};

const childBlockers = ({ level, index }: Node): Blocker[] => {
  const { child } = level;
  if (child === undefined) return [];
  const { from, to } = level.childrenOf(index);
  return [...child.active.between(from, to)].map((open) => blocker('child', { level: child, index: open }));
};

const dependencyBlockers = (timetable: Timetable, { level, index }: Node): Blocker[] =>
  (timetable.inputs.get(level.process.name) ?? []).flatMap((link) => {
    if (linkProgress(link, index).finished) return [];
    const open = [...openInputs(link, index)].map((input) =>
      blocker('dependency', { level: link.input, index: input }),
    );
    const { to } = inputsOf(link, index);
    // Periods that do not exist yet stand as one: the last of them.
    if (to <= link.input.size) return open;
    const missing = { level: link.input, index: to - 1 };
    return [...open, blocker('dependency', missing, { until: dueTimes(missing).start })];
  });

/** All slots taken, or an earlier period that an ordered process must finish first. */
const slotBlocker = (node: Node): Blocker | undefined => {
  const { level, index } = node;
  if (level.process.ordered) {
    const earlier = level.active.next(0);
    if (earlier !== -1 && earlier < index) return blocker('ordered-behind', { level, index: earlier });
  }
  if (level.slotsUsed() < level.process.concurrency) return undefined;
  for (const [holder, unit] of level.units) {
    if (isUowHolding(unit.state))
      return blocker('concurrency-full', { level, index: holder }, { detail: unit.id });
  }
  return undefined;
};

/** Kinds that a person or time must mend; the others lead on to another job. */
const isRoot = (found: Blocker): boolean =>
  !['child', 'dependency', 'inputs-redone', 'ordered-behind', 'concurrency-full'].includes(found.kind);

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
      const key = `${found.kind} ${found.processName}/${found.timeperiod}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const level = timetable.levels.get(found.processName);
      const index = level?.indexOf(found.timeperiod) ?? -1;
      if (isRoot(found) || level === undefined || index >= level.size) roots.push(found);
      else queue.push({ level, index });
    }
  }
  return roots;
};
