import { eventTriggerSpec } from '../../db/event-collections.ts';
import type { Store } from '../../db/store.ts';
import { SynergyError } from '../../domain/errors.ts';
import { EVENTS, triggerEntry } from '../../domain/event/trigger.ts';
import { scheduleOf } from '../../domain/schedule/schedule.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { executionOf } from '../../domain/event/execution.ts';
import { isUowFinished } from '../../domain/machine/transition.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { isQuarantined } from '../../domain/timetable/standing.ts';
import { nextFires } from '../../domain/schedule/next-fires.ts';
import type { SchedulerServices } from '../services.ts';
import { storeOfOwner } from './store-of-owner.ts';
import type { TriggerCounts, TriggerFilter, TriggerPage, TriggerState, TriggerView } from './trigger-view.ts';

/** Executions of a trigger that are told with it. */
const EXECUTIONS = 20;
const NEXT = 10;
/** Triggers read at once. */
const PAGE = 500;
/** Failures that are looked at for triggers that fail. */
const FAILURES = 1_000;
/** Counts are told again for so many times as long as counting took. */
const REST = 20;
/** Different counts that are kept. */
const MOST_KEPT = 50;

const giveWay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const matches = (trigger: EventTrigger, q: string): boolean => {
  const { id, owner, name, schedule, target, labels } = trigger;
  const texts = [
    id,
    owner,
    name,
    schedule,
    target.url,
    ...Object.entries(labels).map((label) => label.join(': ')),
  ];
  return texts.some((text) => text.toLowerCase().includes(q.toLowerCase()));
};

const isState = ({ on, endedAt }: EventTrigger, state: Exclude<TriggerState, 'failing'>): boolean =>
  state === 'paused' ? !on : on && (endedAt !== null) === (state === 'ended');

const executionsOf = (store: Store, key: TriggerKey): Promise<UowRecord[]> =>
  store.findUows({ processName: EVENTS, entryName: triggerEntry(key), limit: EXECUTIONS });

/** Whether the last execution that ended, or waits for a person, was no success. Tests say nothing about a trigger. */
const isFailure = (executions: readonly UowRecord[]): boolean => {
  const last = executions.find(
    (uow) => executionOf(uow)?.occasion !== 'test' && (isUowFinished(uow.state) || isQuarantined(uow)),
  );
  return last !== undefined && last.state !== 'PROCESSED';
};

const viewOf = async (store: Store, trigger: EventTrigger, now: number): Promise<TriggerView> => {
  const executions = await executionsOf(store, trigger);
  const { on, schedule, armedAt } = trigger;
  return {
    ...trigger,
    nextFires: on ? nextFires(scheduleOf(schedule), Math.max(now, armedAt), NEXT) : [],
    executions,
    isFailing: on && isFailure(executions),
  };
};

/** Those that are on and whose last execution was no success, by their keys, as far as the latest failures tell. */
const failing = async (
  store: Store,
): Promise<{ readonly triggers: readonly EventTrigger[]; readonly isCapped: boolean }> => {
  const states = ['CANCELED', 'NOOP', 'INVALID'] as const;
  const failures = await store.findUows({ processName: EVENTS, states, order: 'newest', limit: FAILURES });
  const keys = new Map<string, TriggerKey>();
  for (const { entryName } of failures) {
    const [owner = '', id = ''] = entryName?.split('/') ?? [];
    keys.set(`${owner}/${id}`, { owner, id });
  }
  const found = await store.collection(eventTriggerSpec).getAll([...keys.values()]);
  const known = found.filter(({ on }) => on);
  const isFailing = await Promise.all(known.map(async (key) => isFailure(await executionsOf(store, key))));
  const byKey = (a: TriggerKey, b: TriggerKey): number => Buffer.compare(keyBytes(a), keyBytes(b));
  return {
    triggers: known.filter((_, place) => isFailing[place]).sort(byKey),
    isCapped: failures.length === FAILURES,
  };
};

/** Sorts as the collection does: by the bytes of the owner, then by those of the id. */
const keyBytes = ({ owner, id }: TriggerKey): Buffer => Buffer.from(`${owner}\0${id}`);

const all = async function* (
  store: Store,
  { owner }: TriggerFilter,
  after?: TriggerKey,
): AsyncGenerator<EventTrigger> {
  const triggers = store.collection(eventTriggerSpec);
  for (let last = after; ;) {
    const query = { ...(owner !== undefined && { where: { owner } }), limit: PAGE };
    const page = await triggers.list({ ...query, ...(last !== undefined && { after: last }) });
    yield* page;
    last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    await giveWay();
  }
};

const listed = async (store: Store, { state, q = '', after, limit, ...filter }: TriggerPage) => {
  const { owner } = filter;
  if (state === 'failing') {
    const isBehind = (key: TriggerKey): boolean =>
      after === undefined || Buffer.compare(keyBytes(key), keyBytes(after)) > 0;
    const { triggers } = await failing(store);
    return triggers
      .filter((each) => (owner === undefined || each.owner === owner) && matches(each, q) && isBehind(each))
      .slice(0, limit);
  }
  const found: EventTrigger[] = [];
  for await (const trigger of all(store, filter, after)) {
    if ((state === undefined || isState(trigger, state)) && matches(trigger, q)) found.push(trigger);
    if (found.length === limit) break;
  }
  return found;
};

const count = async (store: Store, filter: TriggerFilter): Promise<TriggerCounts> => {
  const { owner, q = '' } = filter;
  const counts = { on: 0, paused: 0, ended: 0 };
  for await (const trigger of all(store, filter))
    if (matches(trigger, q)) counts[isState(trigger, 'on') ? 'on' : trigger.on ? 'ended' : 'paused']++;
  const { triggers, isCapped } = await failing(store);
  const failed = triggers.filter((each) => (owner === undefined || each.owner === owner) && matches(each, q));
  return { ...counts, failing: failed.length, isFailingCapped: isCapped };
};

/** Counts triggers; where that takes long, what was counted holds for a while. Instants of the clock that is handed in, ms. */
export const createTriggerCounts = ({ shared: { store, clock } }: SchedulerServices) => {
  const kept = new Map<string, { readonly until: number; readonly counts: TriggerCounts }>();
  return async (filter: TriggerFilter): Promise<TriggerCounts> => {
    const key = JSON.stringify([filter.owner, filter.q]);
    const begun = clock.now();
    const known = kept.get(key);
    if (known !== undefined && begun < known.until) return known.counts;
    const seen = filter.owner === undefined ? store : storeOfOwner(store, filter.owner);
    const counts = await count(seen, filter);
    const ended = clock.now();
    kept.delete(key);
    kept.set(key, { until: ended + REST * (ended - begun), counts });
    for (const old of [...kept.keys()].slice(0, -MOST_KEPT)) kept.delete(old);
    return counts;
  };
};

/** Event triggers as they are read; `store` is that of one request. */
export const triggerReads = (store: Store, now: () => number) => ({
  triggers: async (page: TriggerPage): Promise<readonly TriggerView[]> =>
    Promise.all((await listed(store, page)).map((trigger) => viewOf(store, trigger, now()))),
  trigger: async ({ owner, id }: TriggerKey): Promise<TriggerView> => {
    const [found] = await store.collection(eventTriggerSpec).getAll([{ owner, id }]);
    if (found === undefined)
      throw new SynergyError('NOT_FOUND', `no event trigger is named '${triggerEntry({ owner, id })}'`);
    return viewOf(store, found, now());
  },
});
