import { eventTriggerSpec } from '../../db/event-collections.ts';
import type { Store } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import type { ResendRange } from '../../domain/event/resend.ts';
import { EVENTS, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import { nextAfter } from '../../domain/schedule/schedule.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { executionOf } from '../../domain/event/execution.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { isQuarantined, isRetrying } from '../../domain/timetable/standing.ts';
import { nextFires } from '../../domain/schedule/next-fires.ts';
import { giveWay } from '../../lib/sleep.ts';
import type { TriggerCatalogue } from '../events/catalogue.ts';
import { planResend } from '../events/resend-range.ts';
import type { SchedulerServices } from '../services.ts';
import { executionReads } from './executions.ts';
import { storeOfOwner } from './store-of-owner.ts';
import { secretReads } from './trigger-secrets.ts';
import type { TriggerCounts, TriggerFilter, TriggerPage, TriggerView } from './trigger-view.ts';

/** Executions of a trigger that are told with it. */
const EXECUTIONS = 20;
const NEXT = 10;
/** Triggers that are read at once to be exported. */
const PAGE = 1_000;
/** Triggers whose executions are read at once. */
const VIEWS = 50;
/** Failures that are looked at for triggers that fail. */
const FAILURES = 1_000;
/** Counts are told again for so many times as long as counting took. */
const REST = 20;
/** Owners whose failing triggers are kept. */
const MOST_KEPT = 50;

const executionsOf = (store: Store, key: TriggerKey, from?: number): Promise<UowRecord[]> =>
  store.findUows({
    ...{ processName: EVENTS, entryName: triggerEntry(key), limit: EXECUTIONS },
    ...(from !== undefined && { from }),
  });

/** Whether the last execution that ended, or waits for a person, was no success. Tests say nothing about a trigger. */
const isFailure = (executions: readonly UowRecord[]): boolean => {
  const last = executions.find(
    (uow) => executionOf(uow)?.occasion !== 'test' && (isUowFinished(uow.state) || isQuarantined(uow)),
  );
  return last !== undefined && last.state !== 'PROCESSED';
};

const viewOf = async (
  store: Store,
  trigger: EventTrigger,
  { now, firings }: { readonly now: number; readonly firings: number },
): Promise<TriggerView> => {
  const executions = await executionsOf(store, trigger);
  const { on, schedule, armedAt } = trigger;
  return {
    ...trigger,
    nextFires: on
      ? nextFires({ next: (after) => nextAfter(schedule, after) }, Math.max(now, armedAt), firings)
      : [],
    executions,
    isFailing: on && isFailure(executions),
  };
};

/** Keys of those that are on and whose last execution was no success, in order, as far as the latest failures tell. */
const failing = async (
  store: Store,
): Promise<{ readonly keys: readonly TriggerKey[]; readonly isCapped: boolean }> => {
  const states = ['CANCELED', 'NOOP', 'INVALID'] as const;
  const failures = await store.findUows({ processName: EVENTS, states, order: 'newest', limit: FAILURES });
  /** The latest failure of each: what was made after it tells the rest. */
  const latest = new Map<string, UowRecord>();
  for (const uow of failures)
    if (!isRetrying(uow) && !latest.has(uow.entryName ?? '')) latest.set(uow.entryName ?? '', uow);
  const keys = [...latest.keys()].flatMap((entry) => triggerOfEntry(entry) ?? []);
  const known = (await store.collection(eventTriggerSpec).getAll(keys)).filter(({ on }) => on);
  const isFailing = await Promise.all(
    known.map(async (key) =>
      isFailure(await executionsOf(store, key, latest.get(triggerEntry(key))?.createdAt)),
    ),
  );
  return {
    keys: known.filter((_, place) => isFailing[place]).sort((a, b) => (isBehind(a, b) ? 1 : -1)),
    isCapped: failures.length === FAILURES,
  };
};

/** Whether a key follows another in the order of the collection. */
const isBehind = (key: TriggerKey, other: TriggerKey): boolean =>
  key.owner === other.owner ? key.id > other.id : key.owner > other.owner;

const listed = async (
  store: Store,
  catalogue: TriggerCatalogue,
  { state, after, limit, ...filter }: TriggerPage,
): Promise<EventTrigger[]> => {
  const behind = (key: TriggerKey): boolean => after === undefined || isBehind(key, after);
  const recorded = state?.filter((each) => each !== 'failing');
  const keys =
    recorded?.length === 0
      ? []
      : catalogue.find(
          { ...filter, ...(recorded && { states: recorded }) },
          { limit, ...(after && { after }) },
        );
  if (state?.includes('failing')) {
    const known = new Set(keys.map(triggerEntry));
    const others = (await failing(store)).keys.filter(
      (key) => !known.has(triggerEntry(key)) && catalogue.matches(key, filter) && behind(key),
    );
    keys.push(...others.slice(0, limit));
    keys.sort((a, b) => (isBehind(a, b) ? 1 : -1)).splice(limit);
  }
  const found = await store.collection(eventTriggerSpec).getAll(keys);
  return found.sort((a, b) => (isBehind(a, b) ? 1 : -1));
};

/** Counts triggers; looking for failing ones takes a while: what was found holds for as long, many times over. Instants of the clock that is handed in, ms. */
export const createTriggerCounts = ({ shared: { store, clock }, events }: SchedulerServices) => {
  const found = new Map<
    string | undefined,
    Awaited<ReturnType<typeof failing>> & { readonly until: number }
  >();
  const failingOf = async (owner: string | undefined) => {
    const begun = clock.now();
    const known = found.get(owner);
    if (known !== undefined && begun < known.until) return known;
    const { keys, isCapped } = await failing(owner === undefined ? store : storeOfOwner(store, owner));
    const ended = clock.now();
    found.delete(owner);
    found.set(owner, { keys, isCapped, until: ended + REST * (ended - begun) });
    for (const old of [...found.keys()].slice(0, -MOST_KEPT)) found.delete(old);
    return { keys, isCapped };
  };
  return async (filter: TriggerFilter): Promise<TriggerCounts> => {
    const catalogue = await events.planner.catalogue();
    const { keys, isCapped } = await failingOf(filter.owner);
    const failed = keys.filter((key) => catalogue.matches(key, filter)).length;
    return { ...catalogue.count(filter), failing: failed, isFailingCapped: isCapped };
  };
};

/** Triggers as they are stored, in pages. */
const exported = async function* (
  store: Store,
  planner: SchedulerServices['events']['planner'],
  filter: TriggerFilter,
): AsyncGenerator<readonly EventTrigger[]> {
  for (let after: TriggerKey | undefined; ;) {
    const page = { ...filter, limit: PAGE, ...(after !== undefined && { after }) };
    const found = await listed(store, await planner.catalogue(), page);
    yield found;
    after = found.at(-1);
    if (after === undefined) return;
    await giveWay();
  }
};

/** Event triggers as they are read; `store` is that of one request. */
export const triggerReads = (store: Store, { shared: { clock }, events }: SchedulerServices) => ({
  ...secretReads(store),
  /** Of what is ahead of each the next firing alone. */
  triggers: async (page: TriggerPage): Promise<readonly TriggerView[]> => {
    const found = await listed(store, await events.planner.catalogue(), page);
    const views: TriggerView[] = [];
    for (let first = 0; first < found.length; first += VIEWS) {
      if (first > 0) await giveWay();
      const of = { now: clock.now(), firings: 1 };
      const some = found.slice(first, first + VIEWS);
      views.push(...(await Promise.all(some.map((trigger) => viewOf(store, trigger, of)))));
    }
    return views;
  },
  exportTriggers: (filter: TriggerFilter) => exported(store, events.planner, filter),
  trigger: async ({ owner, id }: TriggerKey): Promise<TriggerView> => {
    const [found] = await store.collection(eventTriggerSpec).getAll([{ owner, id }]);
    if (found === undefined)
      throw new SynergyError('NOT_FOUND', `no event trigger is named '${triggerEntry({ owner, id })}'`);
    return viewOf(store, found, { now: clock.now(), firings: NEXT });
  },
  resendPlan: (key: TriggerKey, range: Omit<ResendRange, 'to'> & { readonly to?: number }) =>
    planResend(store, key, { to: clock.now(), ...range }),
  ...executionReads(store),
  triggersDue: (within: number, owner?: string): number => events.planner.due(clock.now() + within, owner),
});
