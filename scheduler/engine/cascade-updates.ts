import type { Plan } from '../../domain/cascade/plan.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import { nodeOf } from '../../domain/timetable/timetable.ts';
import type { Cause } from '../../db/store.ts';
import type { SchedulerContext } from '../context.ts';
import { cascadeUpdate } from './job-update.ts';
import type { JobUpdate } from './job-update.ts';

/** The steps of a plan, with the cancellation of units of work that are unfinished now. */
export const cascadeUpdates = async (
  shared: SchedulerContext,
  plan: Plan,
  cause: Cause,
): Promise<JobUpdate[]> => {
  const nodes = plan.steps.map((step) => nodeOf(shared.timetable, step));
  const units = nodes.map(({ level, index }) => level.units.get(index)?.id).filter((id) => id !== undefined);
  const records = new Map((await shared.store.uows(units)).map((uow) => [uow.id, uow]));
  return nodes.map((node) => {
    const unit = node.level.units.get(node.index);
    const record = unit === undefined ? undefined : records.get(unit.id);
    const cancel = record !== undefined && !isUowFinished(record.state) ? record : undefined;
    return cascadeUpdate(node, plan.kind, cancel, cause);
  });
};
