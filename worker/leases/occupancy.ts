import type { MessagePort } from 'node:worker_threads';
import type { Report } from '../../domain/model/report.ts';
import type { LeaseBoard } from './lease-board.ts';

/** How often an event loop in which handlers run shows that it turns, ms. */
const TURN = 250;

/** A run in the event loop of the worker: of a unit, or of a daemon, which has no limit. */
export interface Occupant {
  readonly key: number;
  readonly processName: string;
  /** Of the unit; a daemon goes by its name. */
  readonly id: string;
  readonly attempt: number;
  /** Time limit: its end (ms of the stopwatch), and the report on a unit that exceeds it. */
  readonly limit: { readonly endsAt: number; readonly report: Report } | undefined;
}

/** Hears who is in the loop, in another thread. */
export interface OccupancyListener {
  enter(occupant: Occupant): void;
  leave(key: number): void;
}

/** From the host to the thread that watches over its loop. */
export type OccupancyMessage =
  { readonly type: 'enter'; readonly occupant: Occupant } | { readonly type: 'leave'; readonly key: number };

/** Sends on who is in the loop, and once more when the thread is another. */
export const createOccupants = (
  send: (message: OccupancyMessage) => void,
): OccupancyListener & { repeat(): void } => {
  const inside = new Map<number, Occupant>();
  return {
    enter(occupant) {
      inside.set(occupant.key, occupant);
      send({ type: 'enter', occupant });
    },
    leave(key) {
      inside.delete(key);
      send({ type: 'leave', key });
    },
    repeat: () => inside.forEach((occupant) => send({ type: 'enter', occupant })),
  };
};

/** In the thread: who is in the loop, as told until `signal` aborts. */
export const trackOccupants = (port: MessagePort, signal: AbortSignal): (() => readonly Occupant[]) => {
  const inside = new Map<number, Occupant>();
  const hear = (message: OccupancyMessage | string): void => {
    if (typeof message === 'string') return;
    if (message.type === 'enter') inside.set(message.occupant.key, message.occupant);
    else inside.delete(message.key);
  };
  port.on('message', hear);
  signal.addEventListener('abort', () => port.off('message', hear), { once: true });
  return () => [...inside.values()];
};

/** The runs of handlers in this process, which share its event loop. */
export const createOccupancy = (board: Pick<LeaseBoard, 'turn'>) => {
  let listener: Partial<OccupancyListener> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let inside = 0;
  return {
    /** Whom to tell. */
    attach: (given: Partial<OccupancyListener>): void => void (listener = given),
    /** Tells of a run that begins; returns what tells of its end. */
    enter: (occupant: Omit<Occupant, 'key'>): (() => void) => {
      const key = ++last;
      inside++;
      if (listener?.enter) {
        board.turn();
        timer ??= setInterval(() => board.turn(), TURN).unref();
        listener.enter({ ...occupant, key });
      }
      return () => {
        listener?.leave?.(key);
        if (--inside > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
};

export type Occupancy = ReturnType<typeof createOccupancy>;
