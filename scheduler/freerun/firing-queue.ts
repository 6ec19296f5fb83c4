import { SynergyError } from '../../domain/errors.ts';
import type { FiringDecision } from '../../domain/freerun/decide.ts';
import type { DueRequests } from '../../domain/freerun/due.ts';
import type { FiringRequest, LiveEntry } from '../../domain/freerun/entry.ts';
import { firingFor } from '../../domain/freerun/firing.ts';
import { runsBeside } from '../../domain/freerun/overlap.ts';
import type { FreerunProcess } from '../../domain/model/process.ts';
import type { Replay } from '../../domain/schedule/replay.ts';
import type { Cause } from '../../db/store.ts';
import type { SchedulerContext } from '../context.ts';
import type { TurnLoop } from '../engine/turn-loop.ts';
import type { EntryBook } from './entry-book.ts';
import { fireEntries } from './fire.ts';
import type { WantedFiring } from './fire.ts';

/** Firings that are carried out in one turn: so long other work waits, and no longer. */
const PER_TURN = 500;
/** An entry that others change again and again is given up after so many tries. */
const MOST_TRIES = 5;

/** What firings stand on. */
export interface FiringQueueTools {
  readonly shared: SchedulerContext;
  readonly turnLoop: TurnLoop;
  /** The entries that fire. */
  readonly book: Pick<EntryBook, 'read' | 'set' | 'doubt' | 'fallBehind'>;
  /** Throws NOT_FOUND. */
  readonly process: (name: string) => FreerunProcess;
  /** What of the time comes again. */
  readonly replay: () => Replay | undefined;
}

/** What follows for an entry as it is when its turn has come. */
export type RequestsFor = (entry: LiveEntry) => DueRequests;

interface Asked {
  readonly key: string;
  readonly requestsFor: RequestsFor;
  readonly cause: Cause | undefined;
  readonly tries: number;
  readonly done: (decision: FiringDecision | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/** A firing, what asked for it, and the request, to be made again when the entry was changed meanwhile. */
interface Wanted extends WantedFiring {
  readonly asked: Asked;
  readonly request: FiringRequest;
}

/**
 * Carries firings out in turns of the turn loop: all that were asked for since the last turn are decided together and written
 * in one commit, at most 500 in a turn.
 */
export class FiringQueue {
  readonly #tools: FiringQueueTools;
  #asked: Asked[] = [];
  #isTurnAsked = false;

  constructor(tools: FiringQueueTools) {
    this.#tools = tools;
  }

  /** Resolves when what follows has been seen to, with the last decision; with undefined when nothing fires. */
  ask(key: string, requestsFor: RequestsFor, cause?: Cause): Promise<FiringDecision | undefined> {
    return new Promise((done, failed) => {
      this.#asked.push({ key, requestsFor, cause, tries: 0, done, failed });
      this.#askTurn();
    });
  }

  #askTurn(): void {
    if (this.#isTurnAsked) return;
    this.#isTurnAsked = true;
    this.#tools.turnLoop
      .exclusive(() => {
        this.#isTurnAsked = false;
        return this.#carryOut(this.#asked.splice(0, PER_TURN));
      })
      .then(() => {
        if (this.#asked.length > 0) this.#askTurn();
      })
      .catch((error: unknown) => {
        for (const { failed } of this.#asked.splice(0)) failed(error);
      });
  }

  async #carryOut(group: readonly Asked[]): Promise<void> {
    const { shared, turnLoop, book } = this.#tools;
    const keys = [...new Set(group.map(({ key }) => key))];
    try {
      const entries = await book.read(keys);
      const wanted = this.#wantedOf(group, entries);
      if (wanted.length === 0) return;
      const outcomes = await fireEntries(wanted, {
        shared,
        entry: (key) => entries.get(key) as LiveEntry,
        commit: (groups) => turnLoop.commit(groups),
      });
      for (const [i, one] of wanted.entries()) this.#settle(one, outcomes[i]);
    } catch (error) {
      shared.log.error(`freerun entries did not fire: ${String(error)}`, { entries: keys.length });
      for (const key of keys) book.fallBehind(key);
      for (const { failed } of group) failed(error);
    }
  }

  /** The firings that a group asks for, in its order; what is left of it comes first in the next turn. */
  #wantedOf(group: readonly Asked[], entries: Map<string, LiveEntry>): readonly Wanted[] {
    const { shared, book, process, replay } = this.#tools;
    const wanted: Wanted[] = [];
    const later: Asked[] = [];
    const met = new Set<string>();
    const now = shared.timetableClock.now();
    for (const asked of group) {
      const { key, requestsFor, cause, done } = asked;
      const before = entries.get(key);
      if (before === undefined) {
        done(undefined);
        continue;
      }
      // What may not run beside each other is decided one after another.
      const isBeside = runsBeside(before.record.overlap);
      const room = isBeside ? PER_TURN - wanted.length : 1;
      if (room === 0 || (met.has(key) && !isBeside)) {
        later.push(asked);
        continue;
      }
      met.add(key);
      const { entry, requests } = requestsFor(before);
      entries.set(key, entry);
      book.set(key, entry);
      const rest = requests.slice(room);
      if (rest.length > 0)
        later.push({ ...asked, requestsFor: (current) => ({ entry: current, requests: rest }) });
      const firings = requests.slice(0, room).flatMap((request) => {
        const firing = firingFor(entry, request, { now, replay: replay() });
        return firing === undefined ? [] : [{ request, firing }];
      });
      for (const one of firings)
        wanted.push({ ...one, asked, key, cause, process: process(entry.record.processName) });
      if (firings.length === 0 && rest.length === 0) done(undefined);
    }
    this.#asked.unshift(...later);
    return wanted;
  }

  /** A firing was decided, and carried out unless its entry had been changed by another. */
  #settle({ key, asked, request }: Wanted, decision: FiringDecision | undefined): void {
    const { book } = this.#tools;
    if (decision !== undefined) {
      book.set(key, decision.entry);
      asked.done(decision);
      return;
    }
    book.doubt(key);
    const requestsFor: RequestsFor = (entry) => ({ entry, requests: [request] });
    if (asked.tries < MOST_TRIES) this.#asked.unshift({ ...asked, requestsFor, tries: asked.tries + 1 });
    else
      asked.failed(
        new SynergyError(
          'CONFLICT',
          `freerun entry ${key} is changed by another scheduler all the time: try again`,
        ),
      );
  }
}
