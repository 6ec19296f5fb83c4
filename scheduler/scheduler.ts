import { SynergyError, isOutage } from '../domain/errors.ts';
import { listCommands } from '../db/collections.ts';
import type { Blocker } from '../domain/timetable/blocker.ts';
import { COLLECTOR_QUEUE, COMMAND_QUEUE, UOW_STATUS_QUEUE, workQueue } from '../domain/model/queue-name.ts';
import { isRetrying } from '../domain/timetable/standing.ts';
import type { ApiFor } from './api/api.ts';
import { TimerQueue } from '../lib/timer-queue.ts';
import { buildScheduler } from './build.ts';
import type { Assembly, SchedulerOptions } from './build.ts';
import { sweep } from './maintenance/collector.ts';
import { createHousekeeping } from './maintenance/housekeeping.ts';
import type { Housekeeping, HousekeepingPlan } from './maintenance/housekeeping.ts';
import { storeDeclared } from './events/declared-triggers.ts';
import { executeStored } from './commands/execute.ts';
import { correctTimetable } from './engine/correct-timetable.ts';
import { completionAt, deadEnds, endlessBlockers, givenUpJobs, openSources } from './api/completion.ts';
import type { Completion, GivenUp } from './api/completion.ts';
import { listenTo } from './queue-listener.ts';
import { oneAtATime } from '../lib/one-at-a-time.ts';
import { createRetry } from '../lib/retry.ts';
import type { Retry } from '../lib/retry.ts';
import { sleep } from '../lib/sleep.ts';
import { registerProcesses } from './register.ts';
import { beginLeadership } from './leadership.ts';
import type { Leadership } from './leadership.ts';
import type { Standby } from './standby.ts';
import { passOverUnreadable } from './unreadable.ts';

/** Name of the lock that the one scheduler of a store holds. */
export const SCHEDULER_LOCK = 'scheduler';

/** How a run with `until` ended. */
export type Ending =
  /** Every period is finished, some of them by giving them up. */
  | { readonly ok: true; readonly total: number; readonly givenUp: readonly GivenUp[] }
  | { readonly ok: false; readonly blockers: readonly Blocker[] };

/** What a scheduler at work tells its surroundings. */
export interface SchedulerEvents {
  /** Progress of the periods before `until`; at every change, at most once a second. */
  onProgress?(completion: Completion): void;
  /** All periods before `until` are finished, or some can never be. Told once. */
  onEnding?(ending: Ending): void;
  /** Another scheduler took over: this one writes no more, and has to be stopped. Told once. */
  onDeposed?: () => void;
}

export interface SchedulerSettings extends SchedulerOptions, SchedulerEvents {
  readonly housekeeping: HousekeepingPlan;
  /** Instant (timetable time, ms) before which every period is to be finished; watched when given. */
  readonly until?: number;
}

/** A scheduler at work. `start` and `stop` may be called in any order and repeatedly. */
export interface Scheduler {
  readonly apiFor: ApiFor;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How often completion is looked at. Milliseconds. */
const WATCH = 1_000;
/** How long work is left to a worker that may be on its way. Milliseconds. */
const WORKER_PATIENCE = 15_000;
/** Pause before a step of the beginning is tried again that met an outage, ms. */
const PAUSES = { first: 500, longest: 500 };

/** Whether alarms may be set: between start and stop. */
interface Work {
  begun: boolean;
}

/** What a scheduler has taken over. */
interface Tenure {
  readonly leadership: Leadership;
  readonly work: Work;
  /** Whether its timetable was followed, and not loaded. */
  readonly isWarm: boolean;
}

/** Puts the services of a scheduler around an assembly. */
class Services implements Scheduler {
  readonly #settings: SchedulerSettings;
  readonly #assembly: Assembly;
  readonly #leadership: Leadership;
  /** Of sweeps and checks: on real time, unlike the triggers. */
  readonly #maintenanceTimers: TimerQueue;
  readonly #housekeeping: Housekeeping;
  readonly #work: Work;
  readonly #isWarm: boolean;
  readonly #comparing = new AbortController();
  readonly #retry: Retry;
  /** Ends of what listens to queues. */
  #unlisten: readonly (() => Promise<void>)[] = [];
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #ended = false;
  /** Since when work waits for a worker and for nothing else, ms. */
  #stuckSince: number | undefined;

  constructor(settings: SchedulerSettings, assembly: Assembly, { leadership, work, isWarm }: Tenure) {
    this.#settings = settings;
    this.#assembly = assembly;
    this.#leadership = leadership;
    this.#work = work;
    this.#isWarm = isWarm;
    this.#retry = createRetry('end a round of the collector', settings.log);
    this.#maintenanceTimers = new TimerQueue(settings.clock, (ms) => this.#setBack(ms));
    this.#housekeeping = createHousekeeping(settings.housekeeping, assembly.services.shared);
    leadership.deposed.addEventListener('abort', () => this.#leave());
  }

  get apiFor(): ApiFor {
    return this.#assembly.apiFor;
  }

  start(): Promise<void> {
    if (this.#stopping !== undefined || this.#leadership.deposed.aborted)
      return this.#starting ?? Promise.resolve();
    return (this.#starting ??= this.#begin());
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#end());
  }

  /** Another scheduler took over: nothing is to be tried again. */
  #leave(): void {
    void this.#assembly.services.turnLoop.stop();
    this.stop().catch((error: unknown) => {
      this.#settings.log.warn(`a scheduler that was deposed could not stop in order: ${String(error)}`);
    });
  }

  async #begin(): Promise<void> {
    this.#work.begun = true;
    const { shared, turnLoop, freerun, events, rearm } = this.#assembly.services;
    const queues = shared.context.processes.filter((entry) => entry.kind !== 'daemon').map(workQueue);
    // First of all what the scheduler before left: who rings or listens makes a queue that is not there yet.
    for (const [name, level] of shared.timetable.levels) {
      turnLoop.tick(level);
      rearm(name);
    }
    this.#unlisten = [
      listenTo(shared, UOW_STATUS_QUEUE, (ids) => turnLoop.report(ids)),
      listenTo(shared, COMMAND_QUEUE, async (ids) => {
        await Promise.all(ids.map((id) => executeStored(this.#assembly.services, id)));
      }),
      listenTo(shared, COLLECTOR_QUEUE, () => this.#sweep()),
    ];
    await this.#persist(() =>
      shared.queue.declare([UOW_STATUS_QUEUE, COMMAND_QUEUE, COLLECTOR_QUEUE, ...queues]),
    );
    await this.#persist(() => freerun.reconcile());
    await this.#persist(() => freerun.start());
    await this.#persist(() => events.planner.start());
    await this.#persist(() => storeDeclared(this.#assembly.services));
    await this.#persist(() => this.#takeUpCommands());
    this.#sweepAt(this.#settings.clock.now() + WATCH);
    this.#assembly.onRetry((at) => this.#sweepAt(Math.min(at, this.#maintenanceTimers.at('sweep') ?? at)));
    this.#housekeeping.start();
    this.#watch();
    if (this.#isWarm) void this.#compare();
  }

  /** What was followed is looked through when all else goes on. */
  async #compare(): Promise<void> {
    const { log } = this.#settings;
    try {
      const corrected = await correctTimetable(this.#assembly.services, this.#comparing.signal);
      if (corrected > 0) log.warn('jobs were missed while the timetable was followed', { corrected });
    } catch (error) {
      if (this.#work.begun) log.warn(`the timetable was not compared with the store: ${String(error)}`);
    }
  }

  /** Maintenance timers stand for pauses, and go on at once. */
  #setBack(ms: number): void {
    // Rings and retries under way seem to be of the future.
    this.#assembly.services.shared.bell.hasLost = true;
    this.#maintenanceTimers.bringForward(ms);
    this.#housekeeping.rearm();
    this.#sweepAt(this.#settings.clock.now());
  }

  /** While it leads it rides out an outage as it does at work: to its supervisor it would seem unable to begin. */
  async #persist(step: () => Promise<void>): Promise<void> {
    const retry = createRetry('begin', this.#settings.log, PAUSES);
    for (;;) {
      try {
        await step();
        return retry.over();
      } catch (error) {
        const passes = error instanceof SynergyError && isOutage(error.code);
        if (!passes || !this.#work.begun) throw error;
        await sleep(retry.failed(error));
      }
    }
  }

  async #end(): Promise<void> {
    this.#work.begun = false;
    this.#comparing.abort();
    // A start that goes on behind a stop would leave listeners and alarms that never end.
    await this.#starting?.catch(() => undefined);
    this.#maintenanceTimers.stop();
    this.#assembly.services.alarms.stop();
    await Promise.all([
      this.#housekeeping.stop(),
      this.#assembly.services.events.planner.stop(),
      ...this.#unlisten.map((end) => end()),
    ]);
    await this.#assembly.services.turnLoop.stop();
    await this.#leadership.release();
  }

  /** Commands stored while no scheduler was there, or whose ring was lost. */
  async #takeUpCommands(): Promise<void> {
    for (const command of await listCommands(this.#settings.store, { state: 'open', limit: 1_000 })) {
      await executeStored(this.#assembly.services, command.id).catch((error: unknown) => {
        this.#settings.log.error(`command ${command.id} was not carried out: ${String(error)}`);
      });
    }
  }

  /** Rounds keep their interval; a retry that falls due in between brings the next one forward. */
  #sweepAgain(): void {
    const { shared } = this.#assembly.services;
    const now = this.#settings.clock.now();
    let next = now + this.#settings.limits.sweepInterval;
    for (const [name, level] of shared.timetable.levels) {
      if (shared.entries.get(name)?.on !== true) continue;
      for (const unit of level.units.values()) {
        if (isRetrying(unit)) next = Math.min(next, Math.max(now + WATCH, unit.retryAt));
      }
    }
    this.#sweepAt(next);
  }

  #sweepAt(instant: number): void {
    this.#maintenanceTimers.set('sweep', instant, () => void this.#sweep());
  }

  async #sweep(): Promise<void> {
    try {
      await sweep(this.#assembly.services);
      await this.#takeUpCommands();
      this.#retry.over();
    } catch (error) {
      if (this.#work.begun) this.#retry.failed(error);
    }
    if (this.#work.begun) this.#sweepAgain();
  }

  /** Tells progress, and the end when it has come. */
  #watch(): void {
    const { until } = this.#settings;
    if (until === undefined) return;
    const retry = createRetry('look for the end', this.#settings.log);
    const look = oneAtATime<unknown>();
    const check = (): void =>
      void look(() => this.#checkEnding(until)).then(
        () => retry.over(),
        (error: unknown) => {
          if (this.#work.begun) retry.failed(error);
        },
      );
    this.#assembly.onTurn(() => {
      const { finished, total } = completionAt(this.#assembly.services.shared, until);
      if (finished === total) check();
    });
    const again = (): void => {
      check();
      if (!this.#ended) this.#maintenanceTimers.set('watch', this.#settings.clock.now() + WATCH, again);
    };
    again();
  }

  async #checkEnding(until: number): Promise<void> {
    if (this.#ended || !this.#work.begun) return;
    const { shared } = this.#assembly.services;
    const completion = completionAt(shared, until);
    this.#settings.onProgress?.(completion);
    const { finished, total } = completion;
    const ends = finished === total ? [] : await deadEnds(shared, until);
    const isDone = ends?.length === 0;
    const open = isDone ? await openSources(shared, until) : [];
    if (isDone && open.length === 0)
      return this.#tellEnding({
        ok: true,
        total: completionAt(shared, until).finished,
        givenUp: await givenUpJobs(shared, until),
      });
    const blockers = endlessBlockers(ends, open);
    if (this.#isLasting(blockers)) this.#tellEnding({ ok: false, blockers });
  }

  /** A worker may come yet: what waits for one is given some time. */
  #isLasting(blockers: readonly Blocker[]): boolean {
    if (blockers.every(({ kind }) => kind !== 'no-worker')) {
      this.#stuckSince = undefined;
      return blockers.length > 0;
    }
    const now = this.#settings.clock.now();
    this.#stuckSince ??= now;
    return now - this.#stuckSince >= WORKER_PATIENCE;
  }

  #tellEnding(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settings.onEnding?.(ending);
  }
}

/**
 * Puts a scheduler together from the store. Throws STORE_LOCKED when another one is at work on it, QUALIFIER_CHANGED. Nothing
 * moves before `start`. From `standby` it takes the timetable, where that has it.
 */
export const createScheduler = async (
  settings: SchedulerSettings,
  standby?: Pick<Standby, 'take'>,
): Promise<Scheduler> => {
  const leadership = await beginLeadership(SCHEDULER_LOCK, settings);
  leadership.deposed.addEventListener('abort', () => settings.onDeposed?.());
  try {
    const work = { begun: false };
    // What a crash left half written must be whole before anything is decided upon it.
    await settings.store.repair();
    const options = { ...settings, store: leadership.fence(settings.store) };
    const cause = { actor: 'scheduler', at: settings.clock.now(), epoch: leadership.epoch };
    await passOverUnreadable(options.store, { ...cause, reason: null }, settings.log);
    await registerProcesses(options.context, options.store, cause);
    const leader = { isAtWork: () => work.begun, epoch: () => leadership.epoch };
    const followed = await standby?.take();
    const assembly = await buildScheduler(options, leader, followed);
    return new Services(options, assembly, { leadership, work, isWarm: followed !== undefined });
  } catch (error) {
    await leadership.release();
    throw error;
  }
};
