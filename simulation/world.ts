import TinyQueue from 'tinyqueue';
import type { Clock } from '../domain/clock.ts';
import { hashText } from './random.ts';

// Taken before the simulation replaces it.
const endOfTurn = setImmediate;

/** One life of a simulated process: begins when it starts, ends when it crashes or exits. */
export interface Life {
  /** Of the process and the number of its life, such as `worker-1.3`. */
  readonly name: string;
  alive: boolean;
  /** Stopped by a signal: what happens to it waits until it goes on. */
  paused: boolean;
  /** When it went on after it had stood still, ms; 0 when it never did. */
  wokeAt: number;
}

/** Something that happens at an instant of virtual time. */
export interface SimulatedTask {
  /** Whom it happens to; what happens to no process, such as a server's work, always happens. */
  readonly life?: Life | undefined;
  /** One or two words for the trace. */
  readonly label: string;
  /** What the trace tells beside the label; asked only while a trace is kept. */
  readonly detail?: (() => string) | undefined;
  readonly run: () => void;
}

/** A task that was put into the future. */
export interface Appointment {
  canceled: boolean;
}

interface Event extends Appointment {
  readonly at: number;
  readonly order: number;
  readonly task: SimulatedTask;
}

/** A line of the trace. */
export interface TraceLine {
  readonly step: number;
  /** Virtual instant, ms. */
  readonly at: number;
  readonly who: string;
  readonly text: string;
}

/** An uncaught error, and the process that dies of it. */
export interface Uncaught {
  readonly life: Life | undefined;
  readonly error: unknown;
}

/** Virtual time: everything that happens is a task at an instant, and one task is one step. */
export interface World {
  /** Whole milliseconds, as machines tell time. */
  readonly clock: Clock;
  readonly steps: () => number;
  /** Sum over all steps: two runs that went alike have the same. */
  readonly digest: () => number;
  /** In whose life what runs now was begun; undefined for servers and outside of the simulation. */
  readonly current: () => Life | undefined;
  /** Runs `task` after `delay` ms. */
  after(delay: number, task: SimulatedTask): Appointment;
  /** Adds a line to the trace, about what happens now. */
  note(text: () => string): void;
  pause(life: Life): void;
  resume(life: Life): void;
  /** Takes steps, each with all the promises it settles, until `isOver` says so or nothing is left to happen. */
  run(isOver: () => boolean): Promise<void>;
}

export interface WorldOptions {
  /** First instant, ms. */
  readonly start: number;
  readonly onUncaught: (uncaught: Uncaught) => void;
  /** Told of every line, when given. */
  readonly trace?: ((line: TraceLine) => void) | undefined;
}

/** Turns of the real event loop asked for at once: to ask for each alone takes longer than a step. */
const BATCH = 256;

const hashes = new Map<string, number>();
const hashOf = (label: string): number => {
  const known = hashes.get(label);
  if (known !== undefined) return known;
  const hash = hashText(label);
  hashes.set(label, hash);
  return hash;
};

/** By instant, and what has the same in the order of its coming. */
const byInstant = (a: Event, b: Event): number => a.at - b.at || a.order - b.order;

class VirtualWorld implements World {
  readonly #options: WorldOptions;
  readonly #events = new TinyQueue<Event>([], byInstant);
  /** What happened to paused processes. */
  readonly #held = new Map<Life, Event[]>();
  #now: number;
  #order = 0;
  #steps = 0;
  #digest = 0;
  #current: Life | undefined;
  readonly clock: Clock = { now: () => Math.floor(this.#now) };

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#now = options.start;
  }

  readonly steps = (): number => this.#steps;
  readonly digest = (): number => this.#digest;
  readonly current = (): Life | undefined => this.#current;

  after(delay: number, task: SimulatedTask): Appointment {
    const event = { at: this.#now + Math.max(0, delay), order: this.#order++, task, canceled: false };
    this.#events.push(event);
    return event;
  }

  note(text: () => string): void {
    this.#options.trace?.({
      step: this.#steps,
      at: this.#now,
      who: this.#current?.name ?? '',
      text: text(),
    });
  }

  pause(life: Life): void {
    life.paused = true;
  }

  resume(life: Life): void {
    if (!life.paused) return;
    life.paused = false;
    life.wokeAt = this.#now;
    for (const { task } of this.#held.get(life) ?? []) this.after(0, task);
    this.#held.delete(life);
  }

  async run(isOver: () => boolean): Promise<void> {
    const uncaught = (error: unknown): void => this.#options.onUncaught({ life: this.#current, error });
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', uncaught);
    try {
      await this.#drive(isOver, uncaught);
    } finally {
      this.#current = undefined;
      process.off('unhandledRejection', uncaught);
      for (const other of others) process.on('unhandledRejection', other);
    }
  }

  #drive(isOver: () => boolean, uncaught: (error: unknown) => void): Promise<void> {
    return new Promise((resolve) => {
      let over = false;
      const turn = (): void => {
        if (over) return;
        const event = isOver() ? undefined : this.#next();
        if (event === undefined) {
          over = true;
          // What the last step left does not belong to the caller that waits here.
          this.#current = undefined;
          return resolve();
        }
        try {
          event.task.run();
        } catch (error) {
          uncaught(error);
        }
      };
      const turns = (): void => {
        if (over) return;
        for (let count = 0; count < BATCH; count++) endOfTurn(turn);
        endOfTurn(turns);
      };
      turns();
    });
  }

  /** The next event of a process that lives and runs; it becomes the present. */
  #next(): Event | undefined {
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      const { life, label, detail } = event.task;
      if (event.canceled || life?.alive === false) continue;
      if (life?.paused === true) {
        const held = this.#held.get(life);
        if (held === undefined) this.#held.set(life, [event]);
        else held.push(event);
        continue;
      }
      this.#now = Math.max(this.#now, event.at);
      this.#current = life;
      this.#steps++;
      this.#digest = Math.imul(this.#digest ^ hashOf(label) ^ Math.round(this.#now * 1000), 0x01000193) >>> 0;
      if (this.#options.trace !== undefined)
        this.note(() => (detail === undefined ? label : `${label} ${detail()}`));
      return event;
    }
    return undefined;
  }
}

export const createWorld = (options: WorldOptions): World => new VirtualWorld(options);
