import { executionRetry } from '../../domain/event/process.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { CLOCK_SLACK, rescue, dueAt } from '../../domain/strategy/rescue.ts';
import type { RescueDecision, RescueTerms } from '../../domain/strategy/rescue.ts';
import { mostLostLeases } from '../../domain/strategy/crash.ts';
import type { OverdueQuery, UowChange, WriteGroup } from '../../db/store.ts';
import { uowChange } from '../engine/job-update.ts';
import { causeOf, ring } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import type { SweepCounts } from './sweep.ts';

/** Units treated before the turns go on. */
const PAGE = 500;
/** Units of a round whose step is told one by one. */
const MOST_TOLD = 20;

/** Who looks after units of work. */
export interface RescueTools extends Pick<SchedulerServices, 'shared' | 'turnLoop' | 'freerun'> {
  readonly tally: SweepCounts;
}

interface RescueStep {
  readonly uow: UowRecord;
  readonly entry: ProcessEntry;
  readonly decision: Exclude<RescueDecision, { do: 'wait' }>;
}

const counted = {
  ring: 'rung',
  repost: 'reposted',
  quarantine: 'quarantined',
  cancel: 'canceled',
} as const satisfies Record<RescueStep['decision']['do'], keyof SweepCounts>;

/** Rings that wait in the queues, asked for once in a round, and the units that were counted against them. */
const createRings = ({ bell, limits, queue }: SchedulerContext) => {
  const left = new Map<string, number>();
  const mayBeLost = bell.hasLost;
  bell.hasLost = false;
  return {
    /** As after a start of the scheduler, a failure of the queue, or when the clock was set back. */
    mayBeLost,
    /** How long one may be on its way, ms. */
    patience: mayBeLost ? 0 : limits.resubmitAfter,
    /** A queue that does not tell counts as empty: rather a ring too many. */
    countIn: async (entries: readonly ProcessEntry[]): Promise<void> => {
      for (const name of new Set(entries.map(workQueue))) {
        if (left.has(name)) continue;
        const { ready } = await queue.depth(name).catch(() => ({ ready: 0 }));
        left.set(name, ready);
      }
    },
    /** Whether there is one for another unit. */
    take: (entry: ProcessEntry): boolean => {
      const name = workQueue(entry);
      const waiting = left.get(name) ?? 0;
      left.set(name, waiting - 1);
      return waiting > 0;
    },
  };
};

type Rings = ReturnType<typeof createRings>;

const isOn = ({ shared, freerun }: RescueTools, { processName, entryName }: UowRecord): boolean => {
  if (entryName === null) return shared.entries.get(processName)?.on === true;
  // What is planned of an event trigger goes out, though that is paused.
  return processName === EVENTS || !freerun.isOff(processName, entryName);
};

/** What ends the retries of a unit: of an execution of an event trigger its deadline alone, which its worker keeps. */
const patienceWith = (
  { retry, worker }: ProcessEntry,
  { lifeSupport }: SchedulerContext['limits'],
): Pick<RescueTerms, 'retry' | 'lifeSupport'> =>
  worker.kind === 'event' ? { retry: executionRetry, lifeSupport: Infinity } : { retry, lifeSupport };

const rescueStepsOf = async (
  tools: RescueTools,
  page: readonly UowRecord[],
  rings: Rings,
): Promise<readonly RescueStep[]> => {
  const { clock, context, limits } = tools.shared;
  const entries = new Map(context.processes.map((entry) => [entry.name, entry]));
  const entryOf = ({ processName }: UowRecord): ProcessEntry | undefined => entries.get(processName);
  const waiting = page.filter(({ state }) => state === 'REQUESTED');
  await rings.countIn(waiting.flatMap((uow) => entryOf(uow) ?? []));
  const now = clock.now();
  return page.flatMap((uow): RescueStep[] => {
    const entry = entryOf(uow);
    if (entry === undefined) return [];
    const rung = uow.state === 'REQUESTED' && rings.take(entry);
    const maxCrashes = mostLostLeases(entry, limits.maxCrashes);
    const decision = rescue(uow, {
      ...limits,
      resubmitAfter: rung ? limits.resubmitAfter : rings.patience,
      maxCrashes,
      now,
      on: isOn(tools, uow),
      ...patienceWith(entry, limits),
      rung,
    });
    return decision.do === 'wait' ? [] : [{ uow, entry, decision }];
  });
};

const changeOf = (
  uow: UowRecord,
  decision: Exclude<RescueStep['decision'], { do: 'ring' }>,
  now: number,
): UowChange => {
  switch (decision.do) {
    case 'repost':
      return uowChange(uow, 'repost', { crashes: decision.crashes, submittedAt: now });
    case 'quarantine':
      return uowChange(uow, 'fail', { crashes: decision.crashes, error: decision.because });
    case 'cancel':
      return uowChange(uow, 'cancel', { finishedAt: now, error: decision.because });
  }
};

const groupOf = (shared: SchedulerContext, { uow, decision }: RescueStep): WriteGroup => {
  const now = shared.clock.now();
  if (decision.do === 'ring') {
    const note = { kind: 'uow-note', id: uow.id, state: uow.state, set: { submittedAt: now } } as const;
    return { cause: causeOf(shared, 'collector'), writes: [note] };
  }
  return { cause: causeOf(shared, 'collector', decision.because), writes: [changeOf(uow, decision, now)] };
};

/** Writes steps between two turns; returns those that were applied. */
const write = ({ shared, turnLoop }: RescueTools, steps: readonly RescueStep[]): Promise<RescueStep[]> =>
  turnLoop.exclusive(async () => {
    const outcomes = await shared.store.commit(steps.map((step) => groupOf(shared, step)));
    return steps.filter((_, i) => outcomes[i] === 'applied');
  });

const isTold = ({ reposted, quarantined, canceled }: SweepCounts): boolean =>
  reposted + quarantined + canceled < MOST_TOLD;

const carryOut = async (tools: RescueTools, steps: readonly RescueStep[]): Promise<void> => {
  if (steps.length === 0) return;
  const { shared, turnLoop, tally } = tools;
  const applied = await write(tools, steps);
  for (const { uow, decision } of applied) {
    if (decision.do !== 'ring' && isTold(tally))
      shared.log.warn(`${decision.do} ${uow.id}: ${decision.because}`, { uow: uow.id });
    tally[counted[decision.do]]++;
    // What is being run is overdue when its lease has ended.
    if (uow.state === 'IN_PROGRESS') shared.measurements.leasesLost.add(1, uow.processName);
  }
  const toRing = applied.filter(({ decision }) => decision.do === 'ring' || decision.do === 'repost');
  for (const entry of new Set(toRing.map((step) => step.entry))) {
    const ids = toRing.filter((step) => step.entry === entry).map(({ uow }) => uow.id);
    await ring(shared, workQueue(entry), ids);
  }
  const changed = applied.filter(({ decision }) => decision.do !== 'ring');
  if (changed.length > 0) await turnLoop.report(changed.map(({ uow }) => uow.id));
};

const FOREVER = Number.MAX_SAFE_INTEGER;

type Pass = Omit<OverdueQuery, 'limit'>;

/**
 * Where to look: for what is overdue, what holds something up first, and for what is so far ahead that the clock went back.
 * Retries may be that far ahead in order; all of them are looked at only when the clock may just have been set.
 */
const passesOf = (
  { context }: SchedulerContext,
  now: number,
  { patience, mayBeLost }: Rings,
): readonly Pass[] => {
  const longest = mayBeLost ? 0 : Math.max(0, ...context.processes.map(({ retry }) => retry.maxDelay));
  const ahead = (state: OverdueQuery['state'], by: number): Pass => ({
    state,
    before: FOREVER,
    after: { dueAt: now + by + CLOCK_SLACK, id: '' },
  });
  return [
    { state: 'IN_PROGRESS', before: now + 1 },
    { state: 'INVALID', before: now + 1 },
    { state: 'REQUESTED', before: now + 1 - patience },
    ahead('INVALID', longest),
    ahead('REQUESTED', 0),
  ];
};

const rescueOverdue = async (tools: RescueTools, pass: Pass, rings: Rings): Promise<void> => {
  let query: OverdueQuery | undefined = { ...pass, limit: PAGE };
  while (query !== undefined) {
    const page: readonly UowRecord[] = await tools.shared.store.overdueUows(query);
    await carryOut(tools, await rescueStepsOf(tools, page, rings));
    const last = page.length < PAGE ? undefined : page.at(-1);
    query = last && { ...pass, after: { dueAt: dueAt(last) ?? 0, id: last.id }, limit: PAGE };
  }
};

/**
 * Looks after every unit of work that is overdue, page by page, so that the turns go on meanwhile and units of
 * processes that are off, which are left alone, never hide the others.
 */
export const rescueUows = async (tools: RescueTools): Promise<void> => {
  const { shared } = tools;
  const rings = createRings(shared);
  try {
    for (const pass of passesOf(shared, shared.clock.now(), rings)) await rescueOverdue(tools, pass, rings);
  } catch (error) {
    // Some that were taken for lost may not have been rung again.
    shared.bell.hasLost = true;
    throw error;
  }
};
