import { SynergyError } from '../../domain/errors.ts';
import { finishCommand } from '../../db/collections.ts';
import { planReprocess, planSkip } from '../../domain/cascade/cascade.ts';
import type { Plan, PlanStep } from '../../domain/cascade/plan.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { jobKeyText } from '../../domain/model/entity.ts';
import type { CommandRecord, JobKey } from '../../domain/model/record.ts';
import { plural } from '../../domain/plural.ts';
import { nodeOf } from '../../domain/timetable/timetable.ts';
import type { Cause } from '../../db/store.ts';
import { cascadeUpdates } from '../engine/cascade-updates.ts';
import type { SchedulerContext } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import type { CascadeCommand } from './command-table.ts';
import { checkVersion } from './expected-version.ts';

/** What a cascade from a job would touch, now. Throws NOT_FOUND, INVALID_TIMEPERIOD. */
export const planFor = (shared: SchedulerContext, kind: Plan['kind'], key: JobKey): Plan => {
  const node = nodeOf(shared.timetable, key);
  return kind === 'reprocess' ? planReprocess(shared.timetable, node) : planSkip(shared.timetable, node);
};

const planJson = (plan: Plan): JsonObject => JSON.parse(JSON.stringify(plan)) as JsonObject;

/** Makes the plan and stores it with the command, so that a scheduler which resumes it after a crash carries out the same. */
const begin = async (
  shared: SchedulerContext,
  order: CascadeCommand,
  { id }: CommandRecord,
): Promise<Plan> => {
  const { level, index } = nodeOf(shared.timetable, order);
  checkVersion(jobKeyText(order), order.expectedVersion, level.version(index));
  const plan = planFor(shared, order.kind, order);
  if (order.planHash !== undefined && order.planHash !== plan.hash) {
    throw new SynergyError(
      'PLAN_CHANGED',
      `the plan changed since it was shown: look at it again (${plural(plan.steps.length, 'job')} now) and repeat`,
    );
  }
  await finishCommand(shared.store, id, { state: 'open', result: planJson(plan), finishedAt: null });
  return plan;
};

type Progress = 'open' | 'done' | 'foreign';

/** Whether a step is still to be taken, was taken by this command, or its job was moved by another writer. */
const progressOf = async (
  { store, timetable }: SchedulerContext,
  step: PlanStep,
  { kind, actor }: Pick<Plan, 'kind'> & Pick<Cause, 'actor'>,
): Promise<Progress> => {
  const { level, index } = nodeOf(timetable, step);
  const moves = level.version(index) - step.version;
  if (moves === 0) return 'open';
  const entityId = jobKeyText(step);
  const first = (await store.journal({ entityId, limit: moves })).at(-1);
  return first?.event === kind && first.actor === actor ? 'done' : 'foreign';
};

/**
 * Carries a reprocess or skip out; one that was begun already is taken to its end, each job moved once. Returns the
 * plan. Throws NOT_FOUND, INVALID_TIMEPERIOD, PLAN_CHANGED, VERSION_CHANGED, CONFLICT.
 */
export const carryOutCascade = async (
  { shared, turnLoop }: SchedulerServices,
  order: CascadeCommand,
  cause: Cause,
  command: CommandRecord,
): Promise<JsonObject> => {
  const begun = command.result as unknown as Plan | null;
  const plan = begun ?? (await begin(shared, order, command));
  const progress: Progress[] = [];
  for (const step of plan.steps)
    progress.push(begun === null ? 'open' : await progressOf(shared, step, { ...plan, ...cause }));
  const steps = plan.steps.filter((_, i) => progress[i] === 'open');
  const clean = await turnLoop.apply(await cascadeUpdates(shared, { ...plan, steps }, cause));
  if (!clean || progress.includes('foreign')) {
    throw new SynergyError(
      'CONFLICT',
      'a job changed while the plan was carried out, the others were done: look at the plan again and repeat',
    );
  }
  return planJson(plan);
};
