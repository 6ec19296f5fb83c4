import { byMemberId } from '../domain/cluster/member.ts';
import type { Member } from '../domain/cluster/member.ts';
import type { Logger } from '../domain/logger.ts';
import { oneAtATime } from '../lib/one-at-a-time.ts';
import { startTimer } from '../lib/os/timer.ts';
import { createRetry } from '../lib/retry.ts';
import { within } from '../lib/sleep.ts';
import type { Stopwatch } from '../lib/stopwatch.ts';
import type { MembershipDriver } from './driver.ts';
import type { Membership, MembersListener } from './membership.ts';

/** Renewals within a time-out: one that fails may be tried twice more. */
const BEATS = 3;
/** Longest pause between two looks at the others, ms. */
const LOOK = 1000;

export interface KeepOptions {
  /** Of the cluster, ms. */
  readonly timeout: number;
  readonly stopwatch: Stopwatch;
  readonly logger: Logger;
}

/** Work that is done again and again. */
interface Rhythm {
  /** Does it now; resolves or rejects with a run that began after the call. */
  now(): Promise<void>;
  /** Ends it, when the run under way is over. */
  stop(): Promise<void>;
}

/** Does `work` every `pause` ms, counted from the beginning of the last run, once `now` was called; whether it fails or not. */
const rhythm = (pause: number, stopwatch: Stopwatch, work: () => Promise<void>): Rhythm => {
  const turn = oneAtATime<unknown>();
  const stopping = new AbortController();
  let callOff = (): void => undefined;
  const next = (begunAt: number): void => {
    if (stopping.signal.aborted) return;
    callOff = startTimer(
      Math.max(0, pause - (stopwatch() - begunAt)),
      () => void turn(run).catch(() => undefined),
    );
  };
  const run = async (): Promise<void> => {
    callOff();
    const begunAt = stopwatch();
    await work().finally(() => next(begunAt));
  };
  return {
    now: async () => {
      await turn(run);
    },
    stop: async () => {
      stopping.abort();
      callOff();
      await turn(() => Promise.resolve());
    },
  };
};

/** What a member knows: until when it is in itself, and whom it saw last. */
class Knowledge {
  readonly #options: KeepOptions;
  readonly #listeners = new Set<MembersListener>();
  #self: Member | undefined;
  #selfUntil = -Infinity;
  /** Judged by this process's own clock alone, also when it has left and is still listed. */
  readonly #own = new Set<string>();
  #others: readonly Member[] = [];
  #othersUntil = -Infinity;
  #told = '[]';

  constructor(options: KeepOptions) {
    this.#options = options;
  }

  get self(): Member | undefined {
    return this.#self;
  }

  become(self: Member | undefined): void {
    if (self?.id !== this.#self?.id) this.#selfUntil = -Infinity;
    this.#self = self;
    if (self !== undefined) this.#own.add(self.id);
    this.tell();
  }

  renewed(self: Member, sentAt: number): void {
    if (self.id === this.#self?.id) this.#selfUntil = sentAt + this.#options.timeout;
  }

  saw(members: readonly Member[], sentAt: number): void {
    this.#others = members.filter(({ id }) => !this.#own.has(id));
    this.#othersUntil = sentAt + this.#options.timeout;
  }

  members(): readonly Member[] {
    const now = this.#options.stopwatch();
    const self = this.#self !== undefined && now < this.#selfUntil ? [this.#self] : [];
    return [...(now < this.#othersUntil ? this.#others : []), ...self].sort(byMemberId);
  }

  /** Tells the listeners, when there is news. */
  tell(): void {
    const members = this.members();
    const text = JSON.stringify(members);
    if (text === this.#told) return;
    this.#told = text;
    for (const listener of this.#listeners) listener(members);
  }

  watch(listener: MembersListener): () => void {
    // The same function may be given twice.
    const own: MembersListener = (members) => listener(members);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }
}

/** Asks the driver again and again: has others see this process, and looks who is there. */
const createTurns = (driver: MembershipDriver, options: KeepOptions, knowledge: Knowledge) => {
  const { timeout, stopwatch, logger } = options;
  const pause = timeout / BEATS;

  /** An answer that comes later than the next question is of no use. */
  const ask = async <T>(what: () => Promise<T>): Promise<{ answer: T; sentAt: number }> => {
    const sentAt = stopwatch();
    const late = (): never => {
      throw new Error(`no answer within ${timeout - pause} ms`);
    };
    return { answer: await within(timeout - pause, what(), late), sentAt };
  };
  /** Tells the log of failures, once of each kind, and the listeners of what came of it. */
  const kept = <A extends readonly unknown[]>(what: string, work: (...given: A) => Promise<void>) => {
    const retry = createRetry(`${what} (${driver.name})`, logger);
    return async (...given: A): Promise<void> => {
      try {
        await work(...given);
        retry.over();
      } catch (error) {
        retry.failed(error);
        throw error;
      } finally {
        knowledge.tell();
      }
    };
  };
  const renew = kept('renew the membership', async (self: Member) => {
    const { sentAt } = await ask(() => driver.beat(self));
    knowledge.renewed(self, sentAt);
  });
  const beat = async (): Promise<void> => {
    const { self } = knowledge;
    if (self !== undefined) await renew(self);
  };
  const look = kept('list the members', async () => {
    const { answer, sentAt } = await ask(() => driver.list());
    knowledge.saw(answer, sentAt);
  });
  return {
    beats: rhythm(pause, stopwatch, beat),
    looks: rhythm(Math.min(LOOK, pause), stopwatch, look),
    leave: (self: Member) => ask(() => driver.leave(self)),
  };
};

/**
 * Membership over a driver: the one place that says when to beat, to list and to try again, and who is out. Who could not
 * renew for the time-out counts itself out, by its own monotonic clock; errors are not counted, it tries on. It looks at the
 * others from the first `join` or `refresh` on. The driver is closed with it.
 */
export const createMembership = (driver: MembershipDriver, options: KeepOptions): Membership => {
  const knowledge = new Knowledge(options);
  const turns = createTurns(driver, options, knowledge);
  /** Whoever does not wait for an answer is told of a failure by the log. */
  const tried = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
  let unwatch: (() => void) | undefined;

  const leave = async (): Promise<void> => {
    const { self } = knowledge;
    if (self === undefined) return;
    knowledge.become(undefined);
    // A renewal under way would bring it back.
    await tried(turns.beats.now());
    await turns
      .leave(self)
      .catch((error: unknown) =>
        options.logger.warn(`could not leave the cluster in order (${driver.name}): ${String(error)}`),
      );
  };
  return {
    name: driver.name,
    join: async (self) => {
      knowledge.become(self);
      unwatch ??= driver.watch?.(() => void tried(turns.looks.now()));
      await tried(turns.beats.now());
      await tried(turns.looks.now());
    },
    leave,
    members: () => knowledge.members(),
    refresh: async () => {
      await turns.looks.now();
      return knowledge.members();
    },
    watch: (listener) => knowledge.watch(listener),
    close: async () => {
      unwatch?.();
      await leave();
      await Promise.all([turns.beats.stop(), turns.looks.stop()]);
      await driver.close();
    },
  };
};
