import type { Plan, PlanStep } from '../../domain/cascade/plan.ts';
import { jobChip } from '../present/job-chip.ts';
import type { JobChip, Qualifiers } from '../present/job-chip.ts';
import { countOf } from '../present/number-text.ts';
import { jobLook, standingLook } from '../present/state-look.ts';
import type { StateLook } from '../present/state-look.ts';

interface StepLine {
  readonly chip: JobChip;
  readonly from: StateLook;
  readonly to: StateLook;
  readonly cancelsUow: boolean;
}

/** A plan for people: what changes, how much of it, and which running work is stopped. */
export interface PlanText {
  readonly hash: string;
  /** `4 jobs`. */
  readonly jobs: string;
  readonly empty: boolean;
  readonly canceled: string | undefined;
  /** Steps of one kind together; empty when there are so few that each is listed. */
  readonly totals: readonly {
    readonly process: string;
    readonly from: StateLook;
    readonly to: StateLook;
    readonly count: string;
  }[];
  readonly steps: readonly StepLine[];
  readonly hidden: number;
}

/** Steps listed one by one; the totals count all. */
const MAX_STEPS = 50;
const FEW_STEPS = 8;

const totalsOf = (steps: readonly PlanStep[]): PlanText['totals'] => {
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

export const planText = ({ steps, hash }: Plan, qualifiers: Qualifiers): PlanText => {
  const canceled = steps.filter(({ cancelsUow }) => cancelsUow).length;
  return {
    hash,
    jobs: countOf(steps.length, 'job'),
    empty: steps.length === 0,
    canceled: canceled === 0 ? undefined : `${countOf(canceled, 'unfinished unit')} of work will be canceled`,
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
