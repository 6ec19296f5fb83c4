import type { Logger } from '../../domain/logger.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { startTimer } from '../../lib/os/timer.ts';
import { sleep } from '../../lib/sleep.ts';
import type { Stopwatch } from '../../lib/stopwatch.ts';
import type { AbortReason, UowRun } from '../run-uow.ts';
import type { WorkerTimings } from '../timings.ts';
import type { Renewal } from './heartbeat.ts';
import type { LeaseBoard, SentRound } from './lease-board.ts';

/** Renewals to await when no answer came: one may be on its way already, two tell an orphan. */
const DOUBT = 3;

/** Units that a call answered: when it was sent, and the round of renewals at the moment of its answer. */
export interface Claimed {
  readonly units: readonly UowRecord[];
  readonly claim: SentRound;
}

/** Asks the store for units. */
type Ask = () => Promise<readonly UowRecord[]>;

/** The units of one process, of which so many may be held. */
export interface Slots {
  /** Units that may be taken now. */
  free(): number;
  /** Resolves once there is a free slot, and others had a moment to become free, or the worker stops. */
  room(): Promise<void>;
  /** See `HeldUows.hold`. Each unit takes a slot until its run has ended. */
  hold(ids: readonly string[], ask: Ask): Promise<Claimed>;
  /** So many runs ended. */
  ended(units: number): void;
  /** The report on a unit was answered. */
  readonly answered: (id: string) => void;
}

export interface HeldUowsOptions {
  readonly board: Pick<LeaseBoard, 'hold' | 'round' | 'lastRenewed'>;
  readonly timings: Pick<WorkerTimings, 'lease' | 'gather'>;
  readonly logger: Logger;
  readonly stopwatch: Stopwatch;
}

interface Run {
  readonly run: UowRun;
  readonly claim: SentRound;
}

/**
 * The units of work that this host knows of: those it asks for, and those it holds until their report is answered; with
 * the runs that take time, each of which is aborted as soon as its lease is lost.
 */
export class HeldUows {
  readonly #options: HeldUowsOptions;
  /** How often a unit is asked for and held: a ring may be repeated. */
  readonly #known = new Map<string, number>();
  readonly #runs = new Set<Run>();
  /** Units that the last renewal listed for the first time and that this host does not know of. */
  #unknown = new Set<string>();
  #doubts = 0;
  #ending: AbortReason | undefined;

  constructor(options: HeldUowsOptions) {
    this.#options = options;
  }

  /**
   * Holds the units that `ask` answers, of those with these ids, until `answered`; earlier runs of them are aborted. When
   * it rejects it is unknown which of them the store has given to this host: the next renewals tell.
   */
  async hold(ids: readonly string[], ask: Ask): Promise<Claimed> {
    const { board, stopwatch } = this.#options;
    const at = stopwatch();
    for (const id of ids) this.#count(id, 1);
    try {
      const units = await ask();
      for (const { id } of units) this.#count(id, 1);
      board.hold(units.length);
      this.#replace(units);
      return { units, claim: { at, round: board.round() } };
    } catch (error) {
      // With nothing held the heartbeat is paused: count one so that it keeps running until the doubt is settled.
      if (this.#doubts === 0) board.hold(1);
      this.#doubts = DOUBT;
      throw error;
    } finally {
      for (const id of ids) this.#count(id, -1);
    }
  }

  /** The report on a unit held was answered. */
  answered(id: string): void {
    this.#count(id, -1);
    this.#options.board.hold(-1);
  }

  /**
   * At most `concurrency` units run, and at most twice as many are held: the next ones start while the last ones are being
   * reported, yet a store that takes no reports does not make them pile up.
   */
  slots(concurrency: number, stopping: AbortSignal): Slots {
    let running = 0;
    let held = 0;
    let wake = (): void => undefined;
    const free = (): number => Math.min(concurrency - running, 2 * concurrency - held);
    stopping.addEventListener('abort', () => wake(), { once: true });
    return {
      free,
      room: async () => {
        while (free() <= 0 && !stopping.aborted) await new Promise<void>((resolve) => (wake = resolve));
        const { gather } = this.#options.timings;
        if (gather > 0 && free() < concurrency / 2) await sleep(gather, stopping);
      },
      hold: async (ids, ask) => {
        const claimed = await this.hold(ids, ask);
        running += claimed.units.length;
        held += claimed.units.length;
        return claimed;
      },
      ended: (units) => {
        running -= units;
        wake();
      },
      answered: (id) => {
        this.answered(id);
        held--;
        wake();
      },
    };
  }

  /** Keeps a run until it ends. It is aborted as soon as its lease was not renewed for as long as it lasts. */
  started(run: UowRun, claim: SentRound): void {
    const started = { run, claim };
    this.#runs.add(started);
    if (this.#ending !== undefined) run.abort(this.#ending);
    const rest = this.#watchLease(started);
    void run.outcome.then(() => {
      rest();
      this.#runs.delete(started);
    });
  }

  /** Milliseconds until another worker may have what was claimed; 0 or less when that may be so already. */
  left(claim: SentRound): number {
    const { board, timings, stopwatch } = this.#options;
    const renewal = board.lastRenewed();
    const { at } = renewal.round > claim.round ? renewal : claim;
    return at + timings.lease - stopwatch();
  }

  /**
   * Aborts the runs of units that a renewal no longer lists. Answers the orphans: units that this renewal and the one
   * before list and that this host does not know of, since a claim was carried out and its answer lost. One listing alone
   * does not prove it, as a report may be answered while a renewal is on its way.
   */
  renewed({ round, ids }: Renewal): string[] {
    const listed = new Set(ids);
    // A unit claimed in this round or later may have been claimed after the renewal looked.
    for (const { run, claim } of this.#runs) {
      if (claim.round < round && !listed.has(run.uow.id)) run.abort('unowned');
    }
    const unknown = ids.filter((id) => !this.#known.has(id));
    const before = this.#unknown;
    this.#unknown = new Set(unknown.filter((id) => !before.has(id)));
    if (this.#doubts > 0 && --this.#doubts === 0) this.#options.board.hold(-1);
    return unknown.filter((id) => before.has(id));
  }

  /** Units that run. */
  get running(): number {
    return this.#runs.size;
  }

  /** Aborts the runs there are, and those that are still started. */
  abortAll(reason: AbortReason): void {
    this.#ending = reason;
    for (const { run } of this.#runs) run.abort(reason);
  }

  /** Resolves when no run is left of those there are. */
  async none(): Promise<void> {
    await Promise.all([...this.#runs].map(({ run }) => run.outcome));
  }

  #count(id: string, more: 1 | -1): void {
    const now = (this.#known.get(id) ?? 0) + more;
    if (now === 0) this.#known.delete(id);
    else this.#known.set(id, now);
  }

  /** Lost and claimed again between two renewals, these list a unit as if nothing had happened. */
  #replace(units: readonly UowRecord[]): void {
    if (this.#runs.size === 0) return;
    const anew = new Set(units.map(({ id }) => id));
    for (const { run } of this.#runs) if (anew.has(run.uow.id)) run.abort('unowned');
  }

  /**
   * Aborts a run once its lease is over as far as this host knows: from then on another worker may run the unit, and a
   * host that is cut off from the store does not hear of it. Returns what calls it off.
   */
  #watchLease({ run, claim }: Run): () => void {
    let stop = (): void => undefined;
    const look = (): void => {
      const left = this.left(claim);
      if (left > 0) {
        stop = startTimer(left, look);
        return;
      }
      this.#options.logger.warn('a run is aborted whose lease could not be renewed in time', {
        uow: run.uow.id,
      });
      run.abort('lapsed');
    };
    look();
    return () => stop();
  }
}
