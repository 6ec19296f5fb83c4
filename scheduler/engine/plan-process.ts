import { isUowHolding } from '../../domain/machine/transition.ts';
import type { JobState } from '../../domain/machine/job-machine.ts';
import type { Decision, WaitsFor } from '../../domain/strategy/decision.ts';
import { decide } from '../../domain/timetable/decide.ts';
import type { Level } from '../../domain/timetable/level.ts';
import type { Look } from '../../domain/timetable/readiness.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import type { WriteGroup } from '../../db/store.ts';
import { causeOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { ManagedEntry } from './managed-entries.ts';
import { sourceExtent } from './source-range.ts';
import { finishUpdate, publishUpdate } from './job-update.ts';
import type { JobUpdate } from './job-update.ts';

/** Steps of one process in one turn; the rest follows in the next, so that no process starves the others. */
const MOST_STEPS = 2_000;

const decideNow = async (shared: SchedulerContext, node: Node, look: Look): Promise<Decision> => {
  const decision = decide(shared.timetable, node, look);
  return decision.do === 'ask-source'
    ? decide(shared.timetable, node, look, await sourceExtent(shared, node))
    : decision;
};

/** Finishes a job whose unit of work has ended, on or off; undefined when the strategy wants something else. */
export const settleUpdate = async (shared: SchedulerContext, node: Node): Promise<JobUpdate | undefined> => {
  const decision = await decideNow(shared, node, { now: shared.timetableClock.now(), occasion: 'event' });
  return decision.do === 'finish'
    ? finishUpdate(node, decision.event, causeOf(shared, 'scheduler'))
    : undefined;
};

/**
 * Lets a process work on its oldest ready periods as far as its slots go. Candidates that cannot go on leave
 * the set: those that wait for inputs are woken by them, those that wait for the trigger rest until it fires. `notes` is
 * bookkeeping beside the steps; `more`: there was more than fits a turn.
 */
export const planProcess = async (shared: SchedulerContext, level: Level, occasion: Look['occasion']) => {
  const entry = shared.entries.get(level.process.name) as ManagedEntry;
  const steps: JobUpdate[] = [];
  const notes: WriteGroup[] = [];
  if (!entry.on) return { steps, notes, more: false };
  const look: Look = { now: shared.timetableClock.now(), occasion };
  let free = level.process.concurrency - level.slotsUsed();
  const isHeldBack = createOrder(level);
  for (let index = level.candidates.next(0); index !== -1; index = level.candidates.next(index + 1)) {
    if (free <= 0 || isHeldBack(index, steps)) break;
    if (steps.length >= MOST_STEPS) return { steps, notes, more: true };
    const node = { level, index };
    const decision = await decideNow(shared, node, look);
    if (decision.do === 'publish' || decision.do === 'finish') {
      steps.push(stepOf(shared, node, decision, entry));
      if (decision.do === 'publish') free--;
      continue;
    }
    if (decision.do === 'count-failure') notes.push(countFailure(shared, node));
    if (decision.do === 'refuse')
      shared.log.error(`left alone: ${decision.because}`, {
        process: level.process.name,
        timeperiod: level.timeperiod(index),
      });
    if (isTooEarly(decision, level.state(index))) break;
    level.candidates.delete(index);
    if (!waitsFor(decision, 'inputs-to-run')) level.resting.add(index);
  }
  return { steps, notes, more: false };
};

/** Periods come in order: when one is too early, so are all after it. */
const isTooEarly = (decision: Decision, state: JobState): boolean =>
  state === 'EMBRYO' && (waitsFor(decision, 'period-end') || waitsFor(decision, 'start-lag'));

const waitsFor = (decision: Decision, what: WaitsFor): boolean =>
  decision.do === 'wait' && decision.for.includes(what);

type Deed = Extract<Decision, { do: 'publish' | 'finish' }>;

const stepOf = (shared: SchedulerContext, node: Node, decision: Deed, entry: ManagedEntry): JobUpdate => {
  const cause = causeOf(shared, 'scheduler');
  if (decision.do === 'finish') return finishUpdate(node, decision.event, cause);
  return publishUpdate(shared.timetable, node, decision.event, {
    cause,
    arguments: entry.arguments,
    range: decision.range,
  });
};

/**
 * An ordered process passes over nothing: whatever is unfinished before a period must be running or be started now. To
 * be asked with rising indices, each time with the steps so far; goes over the periods in between only once.
 */
const createOrder = (level: Level): ((index: number, steps: readonly JobUpdate[]) => boolean) => {
  let looked = 0;
  const isPassed = (earlier: number, steps: readonly JobUpdate[]): boolean => {
    const unit = level.units.get(earlier);
    // Steps are taken in order: that of the last period asked for is the last one.
    return (unit !== undefined && isUowHolding(unit.state)) || steps.at(-1)?.node.index === earlier;
  };
  return (index, steps) => {
    if (!level.process.ordered) return false;
    for (const earlier of level.active.between(looked, index)) if (!isPassed(earlier, steps)) return true;
    looked = index;
    return false;
  };
};

const countFailure = (shared: SchedulerContext, node: Node): WriteGroup => {
  const { level, index } = node;
  const failures = (level.failures.get(index) ?? 0) + 1;
  level.failures.set(index, failures);
  const key = { processName: level.process.name, timeperiod: level.timeperiod(index) };
  return { cause: causeOf(shared, 'scheduler'), writes: [{ kind: 'job-note', ...key, failures }] };
};
