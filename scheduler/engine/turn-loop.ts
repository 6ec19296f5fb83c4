import { isUowFinished, isUowHolding } from '../../domain/machine/transition.ts';
import type { JobKey, UowRecord } from '../../domain/model/record.ts';
import type { Level } from '../../domain/timetable/level.ts';
import { liveUnit, moveJob } from '../../domain/timetable/apply-transition.ts';
import { growTimetable, keyOf, reconsider, rouse, wake } from '../../domain/timetable/timetable.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import type { WriteGroup } from '../../db/store.ts';
import { shareCommitLog } from '../../domain/commit-log.ts';
import { isRetrying } from '../../domain/timetable/standing.ts';
import { planProcess, settleUpdate } from './plan-process.ts';
import { ring, stopped } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import { refreshNode } from './load-timetable.ts';
import { createRetry } from '../../lib/retry.ts';
import type { Retry } from '../../lib/retry.ts';
import { sleep } from '../../lib/sleep.ts';
import { startTiming } from '../../lib/tally.ts';
import { refreshRanges } from './source-range.ts';
import { ringsOf } from './job-update.ts';
import type { JobUpdate } from './job-update.ts';

/** How long a failing store is left alone before the turn is tried again, ms. */
const PAUSES = { first: 500, longest: 500 };

/** Who else has a say. */
export interface Hooks {
  /** Jobs have changed in a turn. */
  onTurn(changed: readonly JobKey[]): void;
  /** A unit of work failed and may be reposted at an instant, ms. */
  onRetry(at: number): void;
  /** A reported unit of work that belongs to no timetable. */
  onFreerun(uow: UowRecord): void;
  /** A unit of work of a job has ended its attempt: what follows from that is stored. */
  onEnd(uow: UowRecord): void;
}

/** What a turn is about. */
interface Work {
  readonly reported: ReadonlySet<string>;
  readonly ticked: ReadonlySet<Level>;
  readonly dirty: ReadonlySet<Level>;
  /** Told when it is done. */
  readonly waiting: readonly ((done: boolean) => void)[];
}

/** Something to be run between two turns. */
interface Task {
  run(): Promise<void>;
  reject(error: Error): void;
}

/**
 * Drives the timetable in turns, one at a time: everything that arrived since the last turn (reports, ticks,
 * commands) is decided together, written as one batch and only then believed. So decisions never race, and
 * the busier it is the larger the batches grow.
 */
export class TurnLoop {
  readonly #shared: SchedulerContext;
  readonly #hooks: Hooks;
  #reported = new Set<string>();
  #ticked = new Set<Level>();
  #dirty = new Set<Level>();
  #tasks: Task[] = [];
  #waiting: ((done: boolean) => void)[] = [];
  /** Nodes whose write failed or was refused: read again before anything else. */
  #doubtful: Node[] = [];
  /** A commit failed with an unknown outcome: what it left half written must be finished first. */
  #torn = false;
  #changed: JobKey[] = [];
  #ended: UowRecord[] = [];
  #turning: Promise<void> | undefined;
  #stopped = false;
  readonly #retry: Retry;

  constructor(shared: SchedulerContext, hooks: Hooks) {
    this.#shared = shared;
    this.#retry = createRetry('carry out what is decided', shared.log, PAUSES);
    this.#hooks = hooks;
  }

  /** The trigger of a process fired, or a user asks for a look. */
  tick(level: Level): void {
    this.#ticked.add(level);
    this.#begin();
  }

  /** Units of work whose record changed. Resolves when that has been seen to; with false when it stopped before. */
  report(ids: readonly string[]): Promise<boolean> {
    for (const id of ids) this.#reported.add(id);
    return new Promise((resolve) => {
      if (this.#stopped) resolve(false);
      else this.#waiting.push(resolve);
      this.#begin();
    });
  }

  /** Runs `task` between two turns, alone. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    if (this.#stopped) return Promise.reject(stopped());
    return new Promise<T>((resolve, reject) => {
      // A task that throws before its first promise must fail its caller, not the turn.
      const run = (): Promise<void> => Promise.resolve().then(task).then(resolve, reject);
      this.#tasks.push({ run, reject });
      this.#begin();
    });
  }

  /** Ends after the turn at hand. What was not taken up yet is found again from the store. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#turning;
    for (const resolve of this.#waiting.splice(0)) resolve(false);
    for (const task of this.#tasks.splice(0)) task.reject(stopped());
  }

  #begin(): void {
    if (this.#stopped) return;
    this.#turning ??= this.#run().finally(() => {
      this.#turning = undefined;
      // Work may have come in after the last turn looked for it.
      if (this.#hasWork()) this.#begin();
    });
  }

  async #run(): Promise<void> {
    // Everything that happens in this round of the event loop belongs to the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#stopped && this.#hasWork()) {
      const work = this.#takeWork();
      try {
        const seconds = startTiming();
        await this.#turn(work);
        this.#shared.measurements.turns.observe(seconds());
        this.#retry.over();
        for (const resolve of work.waiting) resolve(true);
      } catch (error) {
        this.#giveBack(work);
        // A scheduler that stops, perhaps since the store has refused it, does not log this.
        if (this.#isStopped()) return;
        await sleep(this.#retry.failed(error));
      }
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  #hasWork(): boolean {
    return (
      this.#reported.size + this.#ticked.size + this.#dirty.size + this.#tasks.length + this.#waiting.length >
      0
    );
  }

  #takeWork(): Work {
    const work = {
      reported: this.#reported,
      ticked: this.#ticked,
      dirty: this.#dirty,
      waiting: this.#waiting,
    };
    this.#reported = new Set();
    this.#ticked = new Set();
    this.#dirty = new Set();
    this.#waiting = [];
    return work;
  }

  #giveBack(work: Work): void {
    for (const id of work.reported) this.#reported.add(id);
    for (const level of work.ticked) this.#ticked.add(level);
    for (const level of work.dirty) this.#dirty.add(level);
    this.#waiting.push(...work.waiting);
  }

  async #turn({ reported, ticked, dirty }: Work): Promise<void> {
    const shared = this.#shared;
    await this.#reconcile();
    // What comes in meanwhile waits for the next turn.
    for (const task of this.#tasks.splice(0)) await task.run();
    if (!shared.leader.isAtWork()) return this.#announce();
    // A parent must not be finalized while its youngest children do not exist yet.
    growTimetable(shared.timetable, shared.timetableClock.now());
    // At a tick the units in charge are read as well: a report may have been lost.
    const units = [...ticked].flatMap((level) => [...level.units.values()].map((unit) => unit.id));
    const steps: JobUpdate[] = [];
    for (const uow of await shared.store.uows([...new Set([...reported, ...units])])) {
      steps.push(...(await this.#settle(uow)));
    }
    const notes: WriteGroup[] = [];
    for (const level of ticked) {
      rouse(level);
      notes.push(...(await refreshRanges(shared, level)));
    }
    const looked = new Set([...ticked, ...dirty, ...this.#dirty]);
    this.#dirty.clear();
    try {
      for (const level of looked) {
        const filling = await planProcess(shared, level, ticked.has(level) ? 'tick' : 'event');
        steps.push(...filling.steps);
        notes.push(...filling.notes);
        if (filling.more) this.#dirty.add(level);
      }
      await this.apply(steps, notes);
    } catch (error) {
      for (const level of looked) this.#dirty.add(level);
      throw error;
    }
    this.#announce();
  }

  /** Takes note of a unit of work as it is now. An older unit of the job changes nothing. */
  async #settle(uow: UowRecord): Promise<JobUpdate[]> {
    if (isRetrying(uow)) this.#hooks.onRetry(uow.retryAt);
    if (uow.kind === 'freerun') this.#hooks.onFreerun(uow);
    const level = this.#shared.timetable.levels.get(uow.processName);
    if (uow.kind === 'freerun' || level === undefined) return [];
    const node = { level, index: level.indexOf(uow.timeperiod) };
    const unit = level.units.get(node.index);
    if (unit?.id !== uow.id) return [];
    const held = isUowHolding(unit.state);
    const stood = level.standing(node.index);
    level.setUnit(node.index, liveUnit(uow));
    if (level.standing(node.index) !== stood) this.#changed.push(keyOf(node));
    if (held && !isUowHolding(uow.state)) {
      this.#dirty.add(level);
      this.#ended.push(uow);
    }
    if (!isUowFinished(uow.state)) return [];
    const step = await settleUpdate(this.#shared, node);
    if (step === undefined) {
      wake(node);
      return [];
    }
    level.candidates.delete(node.index);
    return [step];
  }

  /** Writes steps in one batch, then believes those that were applied and rings for their units of work. */
  async apply(steps: readonly JobUpdate[], notes: readonly WriteGroup[] = []): Promise<boolean> {
    if (steps.length + notes.length === 0) return true;
    const writing = this.#write(steps, notes);
    const along = shareCommitLog(this.#shared.store, this.#shared.queue);
    if (along) this.#ring(steps);
    const outcomes = await writing;
    for (const [i, step] of steps.entries()) {
      if (outcomes[i] === 'applied') this.#believe(step);
      else this.#doubtful.push(step.node);
    }
    if (!along) this.#ring(steps.filter((_, i) => outcomes[i] === 'applied'));
    const clean = this.#doubtful.length === 0;
    await this.#reconcile();
    return clean;
  }

  async #write(
    steps: readonly JobUpdate[],
    notes: readonly WriteGroup[],
  ): Promise<('applied' | 'conflict')[]> {
    try {
      return await this.commit([...steps.map((step) => step.group), ...notes]);
    } catch (error) {
      this.#doubtful.push(...steps.map((step) => step.node));
      throw error;
    }
  }

  /** Writes groups, in a turn. After one that rejects, whose outcome is unknown, the next turn has the store repaired first. */
  async commit(groups: readonly WriteGroup[]): Promise<('applied' | 'conflict')[]> {
    try {
      return await this.#shared.store.commit(groups);
    } catch (error) {
      this.#torn = true;
      throw error;
    }
  }

  #ring(steps: readonly JobUpdate[]): void {
    for (const [queue, ids] of ringsOf(steps)) void ring(this.#shared, queue, ids);
  }

  #believe(step: JobUpdate): void {
    const { node, move, published } = step;
    const { level, index } = node;
    const unit = published && liveUnit(published);
    for (const woken of moveJob(this.#shared.timetable, node, move, unit)) this.#dirty.add(woken.level);
    if (!level.isFinished(index) || level.process.ordered) this.#dirty.add(level);
    this.#changed.push(keyOf(node));
  }

  /** Another writer may have moved these jobs: the store is right. What could not be read stays in doubt. */
  async #reconcile(): Promise<void> {
    if (this.#torn) await this.#shared.store.repair();
    this.#torn = false;
    for (let node = this.#doubtful.at(-1); node !== undefined; node = this.#doubtful.at(-1)) {
      this.#shared.log.warn('changed by another, read again', { ...keyOf(node) });
      for (const woken of await refreshNode(this.#shared, node)) this.#dirty.add(woken.level);
      reconsider(node);
      this.#dirty.add(node.level);
      this.#doubtful.pop();
    }
  }

  #announce(): void {
    for (const uow of this.#ended.splice(0)) this.#hooks.onEnd(uow);
    if (this.#changed.length === 0) return;
    const changed = this.#changed;
    this.#changed = [];
    this.#hooks.onTurn(changed);
  }
}
