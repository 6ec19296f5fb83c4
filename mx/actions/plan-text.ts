import type { Plan, PlanStep } from '../../domain/cascade/plan.ts';
import { jobChip } from '../present/job-chip.ts';
import type { Qualifiers } from '../present/job-chip.ts';
import { countOf } from '../present/number-text.ts';
import { jobLook, standingLook } from '../present/state-look.ts';

/** Steps listed one by one; the totals count all. */
const MAX_STEPS = 50;
const FEW_STEPS = 8;

const totalsOf = (steps: readonly PlanStep[]) => {
  const groups = new Map<string, { step: PlanStep; count: number }>();
  for (const step of steps) {
    const key = `${step.processName} ${step.standing} ${step.to}`;
    groups.set(key, { step, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()].map(({ step, count }) => ({
    process: step.processName,
    from: standingLook(step.standing),
    to: jobLook(step.to),
    count: countOf(count, 'job'),
  }));
};

/** A plan for people: what changes, how much of it, and which running work is stopped. */
export const planText = ({ steps, hash }: Plan, qualifiers: Qualifiers) => {
  const canceled = steps.filter(({ cancelsUow }) => cancelsUow).length;
  return {
    hash,
    /** `4 jobs`. */
    jobs: countOf(steps.length, 'job'),
    empty: steps.length === 0,
    canceled: canceled === 0 ? undefined : `${countOf(canceled, 'unfinished unit')} of work will be canceled`,
    /** Steps of one kind together; empty when there are so few that each is listed. */
    totals: steps.length <= FEW_STEPS ? [] : totalsOf(steps),
    steps: steps.slice(0, MAX_STEPS).map((step) => ({
      chip: jobChip(step, standingLook(step.standing), qualifiers),
      from: standingLook(step.standing),
      to: jobLook(step.to),
      cancelsUow: step.cancelsUow,
    })),
    hidden: Math.max(0, steps.length - MAX_STEPS),
  };
};
export type PlanText = ReturnType<typeof planText>;
