import { canJob, isUowFinished, nextJobState } from '../machine/transition.ts';
import { jobKeyText } from '../model/entity.ts';
import { childNodes, coveringNode, dependantNodes, keyOf, parentNode } from '../timetable/timetable.ts';
import type { Node, Timetable } from '../timetable/timetable.ts';
import { digest } from './digest.ts';
import type { Plan, PlanStep } from './plan.ts';

/** Nodes reached from `start` by `next`, each once, in order of discovery. */
const closure = (start: Node, next: (node: Node) => readonly Node[]): Node[] => {
  const seen = new Set<string>();
  const found: Node[] = [];
  const queue = [start];
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    const key = jobKeyText(keyOf(node));
    if (seen.has(key)) continue;
    seen.add(key);
    found.push(node);
    queue.push(...next(node));
  }
  return found;
};

const stepOf = (node: Node, event: 'reprocess' | 'skip'): PlanStep | undefined => {
  const { level, index } = node;
  const from = level.state(index);
  if (index >= level.size || !canJob(from, event)) return undefined;
  const unit = level.units.get(index);
  const key = keyOf(node);
  return {
    ...key,
    from,
    to: nextJobState(jobKeyText(key), from, event, level.uowCount(index) > 0),
    standing: level.standing(index),
    version: level.version(index),
    cancelsUow: unit !== undefined && !isUowFinished(unit.state),
  };
};

const planOf = (kind: Plan['kind'], node: Node, nodes: readonly Node[]): Plan => {
  const steps = nodes.map((reached) => stepOf(reached, kind)).filter((step) => step !== undefined);
  const target = keyOf(node);
  const decisive = steps.map(({ processName, timeperiod, from, to, version, cancelsUow }) => [
    processName,
    timeperiod,
    from,
    to,
    version,
    cancelsUow,
  ]);
  return { kind, target, steps, hash: digest([kind, target, decisive]) };
};

/**
 * What reprocessing a node touches: the job that covers it, its parent chain and the dependants of each, recursively. EMBRYO
 * nodes are left as they are, but what lies beyond them is not.
 */
export const planReprocess = (timetable: Timetable, node: Node): Plan =>
  planOf(
    'reprocess',
    node,
    closure(coveringNode(node), (reached) => {
      const parent = parentNode(reached);
      return [...(parent === undefined ? [] : [parent]), ...dependantNodes(timetable, reached)];
    }),
  );

/**
 * What skipping a node touches: the job that covers it and everything inside it, and the dependants of what is skipped,
 * recursively. Finished jobs are left.
 */
export const planSkip = (timetable: Timetable, node: Node): Plan =>
  planOf(
    'skip',
    node,
    closure(coveringNode(node), (reached) => [
      ...childNodes(reached),
      ...(reached.level.isFinished(reached.index) ? [] : dependantNodes(timetable, reached)),
    ]),
  );
