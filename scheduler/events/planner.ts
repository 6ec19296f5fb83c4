import TinyQueue from 'tinyqueue';
import { getFact, pagesOf, putFact } from '../../db/collections.ts';
import { eventTriggerSpec } from '../../db/event-collections.ts';
import { SynergyError } from '../../domain/errors.ts';
import { dueFirings, planFrom } from '../../domain/event/overdue.ts';
import type { TriggerPlan } from '../../domain/event/overdue.ts';
import { EVENTS, triggerEntry, triggerOfEntry } from '../../domain/event/trigger.ts';
import type { EventTrigger, TriggerKey } from '../../domain/event/trigger.ts';
import { FIRING_LEAD } from '../../domain/freerun/lead.ts';
import { CLOCK_SLACK } from '../../domain/strategy/rescue.ts';
import { createRetry } from '../../lib/retry.ts';
import type { Retry } from '../../lib/retry.ts';
import { giveWay, sleep } from '../../lib/sleep.ts';
import { TimerQueue } from '../../lib/timer-queue.ts';
import { stopped } from '../context.ts';
import type { EventFeed } from '../api/live-feed.ts';
import type { SchedulerContext } from '../context.ts';
import { TriggerCatalogue } from './catalogue.ts';
import { writeExecutions } from './write-executions.ts';
import type { PlannedFiring } from './write-executions.ts';

/** Fact with the instant, ms, up to which the firings of all triggers were seen to. */
export const SEEN_UNTIL = 'events/seenUntil';

/** Executions of one commit. */
const BATCH = 500;
/** What is due within so many milliseconds is planned together: thousands that are due evenly within a second are a hundred commits. */
const GATHER = 10;
/** Triggers that are read at once, and planned before other work goes on: firings of those that are planned come meanwhile. */
const PAGE = 100;

const byInstant = (a: TriggerPlan, b: TriggerPlan): number => a.next - b.next;

/**
 * Plans the executions of event triggers, in batches, a moment ahead of their instants. It keeps a plan of each trigger that is
 * on, in a heap by the next firing, and one timer. It writes beside the turns of the turn loop: what it writes is no part of
 * the timetable, and a busy turn must not make a firing late. Triggers live in real time, whatever the time of the timetable.
 */
export class EventPlanner {
  readonly #shared: SchedulerContext;
  readonly #feed: Pick<EventFeed, 'trigger'>;
  readonly #isOn: boolean;
  readonly #timer: TimerQueue;
  readonly #retry: Retry;
  readonly #stopping = new AbortController();
  readonly #plans = new Map<string, TriggerPlan>();
  /** Plans that were replaced stay until they surface, or are more than those that stand. */
  #heap = new TinyQueue<TriggerPlan>([], byInstant);
  #turning: Promise<void> | undefined;
  /** Triggers are marked that have ended. */
  #ending: Promise<void> = Promise.resolve();
  #isStarted = false;
  /** Resolves once it has started, or stops before. */
  readonly #started: Promise<void>;
  #open: () => void = () => undefined;
  /** Entries that were changed while all are read: what was read of them may be older. */
  #changed: Set<string> | undefined;
  readonly #catalogue = new TriggerCatalogue();
  #isRead: Promise<void> | undefined;
  /** Entries of triggers that go once their last execution has ended. */
  readonly #leaving = new Set<string>();

  constructor(shared: SchedulerContext, feed: Pick<EventFeed, 'trigger'>) {
    this.#shared = shared;
    this.#feed = feed;
    this.#isOn = shared.context.processes.some(({ name }) => name === EVENTS);
    this.#timer = new TimerQueue(shared.clock, () => {
      this.#setBack().catch((error: unknown) => {
        shared.log.error(
          `event triggers were not planned anew after the clock was set back: ${String(error)}`,
        );
      });
    });
    this.#retry = createRetry('plan executions of event triggers', shared.log);
    this.#started = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Throws CONFLICT when this installation plans none. */
  check(): void {
    if (this.#isOn) return;
    throw new SynergyError(
      'CONFLICT',
      "event triggers are not planned here: set 'events' to true, then start again",
    );
  }

  /** Plans all triggers from where the scheduler before left off. Of very many this takes seconds, in which those fire that it has come to. */
  async start(): Promise<void> {
    if (!this.#isOn) return;
    const since = await this.#seenUntil();
    this.#isStarted = true;
    await (this.#isRead = this.#load(since));
    this.#open();
  }

  /** Nothing is planned by this process: what changes triggers has nothing to wait for. */
  leave(): void {
    this.#open();
  }

  /** Plans all that is due, and marks triggers that have ended. */
  async plan(): Promise<void> {
    await this.#planDue();
    await this.#ending;
  }

  /** Resolves once all that is due has its executions, also what was missed before this scheduler started. Throws STOPPED. */
  async settle(): Promise<void> {
    if (!this.#isOn) return;
    await this.#started;
    await this.#planDue();
    if (this.#isStopping()) throw stopped();
  }

  /** Ends with the commit at hand. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#open();
    this.#timer.stop();
    await this.#turning;
    await this.#ending;
  }

  /** A trigger is new, or was changed. */
  put(trigger: EventTrigger): void {
    const entry = triggerEntry(trigger);
    this.#changed?.add(entry);
    this.#keep(entry, planFrom(trigger, this.#seenOf(trigger)));
    this.#note(trigger);
    this.#arm();
    const { owner, id, revision } = trigger;
    this.#feed.trigger({ owner, id, revision, kind: revision === 1 ? 'created' : 'changed' });
  }

  /** Until when the firings of a trigger were seen to: what is due by the same schedule, and not yet taken, stays due. */
  #seenOf(trigger: EventTrigger): number {
    const now = this.#shared.clock.now();
    const known = this.#plans.get(triggerEntry(trigger));
    return known?.schedule === trigger.schedule ? Math.min(now, known.next - 1) : now;
  }

  /** A trigger is gone. Resolves when nothing of it is being planned any more. */
  async drop(key: TriggerKey): Promise<void> {
    const entry = triggerEntry(key);
    this.#changed?.add(entry);
    this.#plans.delete(entry);
    this.#leaving.delete(entry);
    this.#catalogue.drop(key);
    await this.#turning;
    this.#feed.trigger({ owner: key.owner, id: key.id, revision: null, kind: 'removed' });
  }

  /** All triggers, as they are looked for; read here where none are planned. */
  async catalogue(): Promise<TriggerCatalogue> {
    this.#isRead ??= this.#readAll().catch((error: unknown) => {
      this.#isRead = undefined;
      throw error;
    });
    await this.#isRead;
    return this.#catalogue;
  }

  /** How many triggers, of one owner or of all, fire up to an instant, ms. */
  due(until: number, owner?: string): number {
    const mine = owner === undefined ? '' : `${owner}/`;
    let count = 0;
    for (const { next, entry } of this.#plans.values()) if (next <= until && entry.startsWith(mine)) count++;
    return count;
  }

  async #readAll(): Promise<void> {
    for await (const page of pagesOf(this.#shared.store.collection(eventTriggerSpec), PAGE)) {
      for (const trigger of page) this.#catalogue.put(trigger);
      await giveWay();
    }
  }

  /** Triggers that are to go, since their last firing is past. */
  leaving(): readonly TriggerKey[] {
    return [...this.#leaving].map(keyOf);
  }

  isLeaving(key: TriggerKey): boolean {
    return this.#leaving.has(triggerEntry(key));
  }

  async #seenUntil(): Promise<number> {
    const seen = await getFact(this.#shared.store, SEEN_UNTIL);
    return typeof seen === 'number' ? this.#notAhead(seen) : -Infinity;
  }

  /** An instant further ahead than clocks of boxes differ was written before the clock was set back. */
  #notAhead(instant: number): number {
    const now = this.#shared.clock.now();
    return instant > now + CLOCK_SLACK ? now : instant;
  }

  async #load(since: number): Promise<void> {
    const triggers = this.#shared.store.collection(eventTriggerSpec);
    const changed = (this.#changed = new Set());
    /** Most triggers have the schedule of others: its text is kept once. */
    const texts = new Map<string, string>();
    const shareText = (text: string): string => texts.get(text) ?? (texts.set(text, text), text);
    for await (const page of pagesOf(triggers, PAGE)) {
      const ended: string[] = [];
      for (const stored of page) {
        const entry = triggerEntry(stored);
        if (changed.has(entry)) continue;
        const armedAt = this.#notAhead(stored.armedAt);
        const plan = planFrom({ ...stored, schedule: shareText(stored.schedule), armedAt }, since);
        this.#keep(entry, plan);
        this.#note(stored);
        if (stored.on && plan === undefined) ended.push(entry);
      }
      this.#arm();
      await this.#end(ended);
      await giveWay();
    }
    this.#changed = undefined;
  }

  #note(trigger: EventTrigger): void {
    this.#catalogue.put(trigger);
    const { endedAt, deleteAfterEnd } = trigger;
    if (endedAt !== null && deleteAfterEnd) this.#leaving.add(triggerEntry(trigger));
    else this.#leaving.delete(triggerEntry(trigger));
  }

  #keep(entry: string, plan: TriggerPlan | undefined): void {
    if (plan === undefined) this.#plans.delete(entry);
    else {
      this.#plans.set(entry, plan);
      this.#heap.push(plan);
    }
    if (this.#heap.length > 2 * this.#plans.size + BATCH)
      this.#heap = new TinyQueue([...this.#plans.values()], byInstant);
  }

  /** The plan that is due first. */
  #first(): TriggerPlan | undefined {
    for (let first = this.#heap.peek(); first !== undefined; first = this.#heap.peek()) {
      if (this.#plans.get(first.entry) === first) return first;
      this.#heap.pop();
    }
    return undefined;
  }

  #arm(): void {
    const first = this.#first();
    if (!this.#isStarted || this.#stopping.signal.aborted || this.#turning !== undefined) return;
    if (first === undefined) this.#timer.clear(EVENTS);
    else this.#timer.set(EVENTS, first.next - FIRING_LEAD + GATHER, () => void this.#planDue());
  }

  #planDue(): Promise<void> {
    if (!this.#isStarted || this.#isStopping()) return Promise.resolve();
    return (this.#turning ??= this.#turn().finally(() => {
      this.#turning = undefined;
      this.#arm();
    }));
  }

  async #turn(): Promise<void> {
    const { clock, store, log } = this.#shared;
    let noted: Promise<void> = Promise.resolve();
    const over: string[] = [];
    while (!this.#stopping.signal.aborted) {
      const now = clock.now();
      const { firings, ended } = this.#takeDue(now);
      if (firings.length === 0) break;
      for (let from = 0; from < firings.length; from += BATCH)
        if (!(await this.#write(firings.slice(from, from + BATCH)))) return;
      over.push(...ended);
      // Those are yet to be seen to that have not been read.
      if (this.#changed !== undefined) continue;
      const seenUntil = Math.min(now + FIRING_LEAD, (this.#first()?.next ?? Infinity) - 1);
      await noted;
      // Behind the batch: what is seen to twice changes nothing.
      noted = putFact(store, SEEN_UNTIL, seenUntil).catch((error: unknown) => {
        log.warn(`it is not on record until when event triggers were seen to: ${String(error)}`);
      });
    }
    await noted;
    // Beside the next turn: thousands may end together.
    this.#ending = this.#ending.then(() => this.#end(over));
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Firings that are due, of one batch or of one trigger, and the entries of triggers that have no others. */
  #takeDue(now: number): { readonly firings: readonly PlannedFiring[]; readonly ended: readonly string[] } {
    const firings: PlannedFiring[] = [];
    const ended: string[] = [];
    for (let plan = this.#first(); plan !== undefined; plan = this.#first()) {
      if (plan.next > now + FIRING_LEAD || firings.length >= BATCH) break;
      this.#heap.pop();
      const { entry, epsilon, overlap } = plan;
      const { planned, expired, next } = dueFirings(plan, now);
      for (const { at, because } of expired) firings.push({ entry, at, epsilon, overlap, expired: because });
      for (const at of planned) firings.push({ entry, at, epsilon, overlap });
      this.#keep(entry, next === undefined ? undefined : { ...plan, next });
      if (next === undefined) ended.push(entry);
    }
    return { firings, ended };
  }

  /** Until it succeeds; false when the scheduler stops before. */
  async #write(firings: readonly PlannedFiring[]): Promise<boolean> {
    const { signal } = this.#stopping;
    for (;;) {
      try {
        await writeExecutions(this.#shared, firings);
        this.#retry.over();
        return true;
      } catch (error) {
        if (this.#isStopping()) return false;
        await sleep(this.#retry.failed(error), signal);
        if (this.#isStopping()) return false;
      }
    }
  }

  /** Marks triggers whose last firing is past, unless they were changed meanwhile. What fails is found again at the next start. */
  async #end(entries: readonly string[]): Promise<void> {
    const { store, clock, log } = this.#shared;
    const triggers = store.collection(eventTriggerSpec);
    const mark = async (trigger: EventTrigger): Promise<void> => {
      const { owner, id, revision } = trigger;
      const endedAt = clock.now();
      if (await triggers.compareAndSet({ owner, id }, { revision }, { endedAt }))
        this.#note({ ...trigger, endedAt });
    };
    try {
      for (let from = 0; from < entries.length && !this.#isStopping(); from += BATCH) {
        const read = await triggers.getAll(entries.slice(from, from + BATCH).map(keyOf));
        await Promise.all(read.filter(({ endedAt }) => endedAt === null).map(mark));
      }
    } catch (error) {
      log.warn(`event triggers are not marked that have ended: ${String(error)}`);
    }
  }

  /** The clock was set back: firings come again, and those that have an execution already keep it. */
  async #setBack(): Promise<void> {
    await this.#turning;
    await this.#load(this.#shared.clock.now());
    this.#arm();
  }
}

const keyOf = (entry: string): TriggerKey => triggerOfEntry(entry) as TriggerKey;
