import { validateNode } from '../cascade/validate.ts';
import { isUowFinished } from '../machine/transition.ts';
import type { Decision, SourceExtent } from '../strategy/decision.ts';
import { strategies } from '../strategy/registry.ts';
import { factsOf } from './readiness.ts';
import type { Look } from './readiness.ts';
import { isCovered } from './timetable.ts';
import type { Node, Timetable } from './timetable.ts';

/**
 * What to do with a job where it stands. Where no unit of work is under way, one that another job covers ends without running,
 * and one whose children were all skipped with them.
 */
export const decide = (timetable: Timetable, node: Node, look: Look, extent?: SourceExtent): Decision => {
  const uow = node.level.units.get(node.index)?.state;
  if (uow === undefined || isUowFinished(uow)) {
    if (isCovered(node)) return { do: 'finish', event: 'empty' };
    if (validateNode(node) === 'skip') return { do: 'finish', event: 'skip' };
  }
  return strategies[node.level.process.strategy](factsOf(timetable, node, look), extent);
};
