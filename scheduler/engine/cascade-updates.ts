import type { Plan } from '../../domain/cascade/plan.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import { nodeOf } from '../../domain/timetable/timetable.ts';
import type { Cause } from '../../db/store.ts';
import type { Kernel } from '../context.ts';
import { cascadeStep } from './job-update.ts';
import type { Step } from './job-update.ts';

/** The steps of a plan, with the cancellation of units of work that are unfinished now. */
export const cascadeSteps = async (kernel: Kernel, plan: Plan, cause: Cause): Promise<Step[]> => {
  const nodes = plan.steps.map((step) => nodeOf(kernel.timetable, step));
  const units = nodes.map(({ level, index }) => level.units.get(index)?.id).filter((id) => id !== undefined);
  const records = new Map((await kernel.store.uows(units)).map((uow) => [uow.id, uow]));
  return nodes.map((node) => {
    const unit = node.level.units.get(node.index);
    const record = unit === undefined ? undefined : records.get(unit.id);
    const cancel = record !== undefined && !isUowFinished(record.state) ? record : undefined;
    return cascadeStep(node, plan.kind, cancel, cause);
  });
};
