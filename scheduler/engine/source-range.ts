import type { SourceExtent } from '../../domain/strategy/decision.ts';
import { strategies } from '../../domain/strategy/registry.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { dueTimes, factsOf } from '../../domain/timetable/readiness.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import type { WriteGroup } from '../../db/store.ts';
import { causeOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';

/** Asks the data source which rows the period of a node has, and whether more may come. */
export const sourceExtent = async (shared: SchedulerContext, node: Node): Promise<SourceExtent> => {
  const { process } = node.level;
  const extent = await shared.store.data.extent(process.source ?? '', node.level.spanOf(node.index));
  return { ...extent, complete: extent.watermark === undefined || extent.watermark >= dueTimes(node).end };
};

/** Widens the ranges of units that no worker holds yet; for the tick of a recomputing process. */
export const refreshRanges = async (shared: SchedulerContext, level: Level): Promise<WriteGroup[]> => {
  if (level.process.strategy !== 'recomputing') return [];
  const groups: WriteGroup[] = [];
  for (const [index, unit] of level.units) {
    const node = { level, index };
    const facts = factsOf(shared.timetable, node, { now: shared.timetableClock.now(), occasion: 'tick' });
    if (strategies.recomputing(facts).do !== 'ask-source') continue;
    const decision = strategies.recomputing(facts, await sourceExtent(shared, node));
    if (decision.do !== 'refresh') continue;
    level.setUnit(index, { ...unit, endId: decision.endId });
    const note = {
      kind: 'uow-note',
      id: unit.id,
      state: unit.state,
      set: { endId: decision.endId },
    } as const;
    groups.push({ cause: causeOf(shared, 'scheduler'), writes: [note] });
  }
  return groups;
};
