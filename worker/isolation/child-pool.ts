import { availableParallelism } from 'node:os';
import type { HandlerCall } from '../invoke-handler.ts';
import { deferred } from '../../lib/deferred.ts';
import type { Deferred } from '../../lib/deferred.ts';
import type { Outcome } from '../reports/outcome.ts';
import type { RunScope } from '../run-scope.ts';
import { startRunner } from './child.ts';
import type { ChildRunner, RunnerOptions } from './child.ts';

/** Children at once, which take 45 MB each and more: those that are shared, and those that are not. */
const MOST_SHARED = 16;
const MOST_ALONE = 4;
/** For so long a child waits for another call, ms. */
const IDLE = 10_000;
/** Children that start at once: starting keeps a processor busy. */
const STARTING = availableParallelism();

/** Makes a call where it harms nothing but itself; dying there is an outcome. */
export type RunInChild = (call: HandlerCall, scope: RunScope) => Promise<Outcome>;

/** Where handlers run when it is not in the host: in a child process, with no other call beside theirs. */
export interface ChildRuns {
  /** In one that ends with the call. As many as are asked for. */
  readonly isolated: RunInChild;
  /** In one of a few that make one call after the other, as soon as there is one. */
  readonly shared: RunInChild;
  /** In one that ends with the call, as soon as there is one of a few: nothing else can be to blame for its end. */
  readonly alone: RunInChild;
  /** Ends those that rest, and the others after their call. */
  readonly close: () => void;
}

export interface ChildPoolOptions {
  readonly start: () => ChildRunner;
  /** Children at once, however many calls wait for one. */
  readonly most: number;
  /** A child that was idle for so long ends, ms. */
  readonly idle: number;
  /** Whether a child ends with its first call, or makes one after the other. */
  readonly calls: 'runLast' | 'run';
}

/** Calls that wait for a child; first come, first served. */
type Waiting = Set<Deferred<ChildRunner>>;

const takeFirst = (waiting: Waiting): Deferred<ChildRunner> | undefined => {
  const [first] = waiting;
  if (first) waiting.delete(first);
  return first;
};

const waitIn = (waiting: Waiting, signal: AbortSignal): Promise<ChildRunner> => {
  const turn = deferred<ChildRunner>();
  const leave = (): void => {
    waiting.delete(turn);
    turn.reject(signal.reason as Error);
  };
  waiting.add(turn);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return turn.promise;
};

/** Children without a call, each of which ends after so many milliseconds. */
const createRest = (idle: number) => {
  const timers = new Map<ChildRunner, NodeJS.Timeout>();
  let isClosed = false;
  const leave = (child: ChildRunner): ChildRunner => {
    clearTimeout(timers.get(child));
    timers.delete(child);
    return child;
  };
  const end = (child: ChildRunner): void => leave(child).end();
  return {
    leave,
    enter(child: ChildRunner): void {
      if (isClosed) child.end();
      else if (child.isAlive()) timers.set(child, setTimeout(end, idle, child).unref());
    },
    /** The one that came last: where few are needed, the others end. */
    wake(): ChildRunner | undefined {
      const last = [...timers.keys()].findLast((each) => each.isAlive());
      return last && leave(last);
    },
    close: (): void => {
      isClosed = true;
      [...timers.keys()].forEach(end);
    },
  };
};

/**
 * As many children as calls wait, within limits. The first that is ready makes the first call: short calls are through
 * before many children are up, long ones have as many as there may be.
 */
export const createChildPool = ({ start, most, idle, calls }: ChildPoolOptions) => {
  const waiting: Waiting = new Set();
  const rest = createRest(idle);
  let children = 0;
  let starting = 0;

  const offer = (child: ChildRunner): void => {
    const first = takeFirst(waiting);
    if (first) first.resolve(child);
    else rest.enter(child);
  };
  const attend = async (child: ChildRunner): Promise<void> => {
    children++;
    starting++;
    await child.ready;
    starting--;
    // Also when it is dead already: its call is to tell.
    offer(child);
    grow();
    await child.gone.catch(() => undefined);
    children--;
    rest.leave(child);
    grow();
  };
  const grow = (): void => {
    while (waiting.size > starting && starting < STARTING && children < most) {
      try {
        void attend(start());
      } catch (error) {
        takeFirst(waiting)?.reject(error as Error);
      }
    }
  };
  return {
    /** Makes a call as soon as there is a child for it. Rejects when none can be started, or the run is aborted before. */
    run: async (call: HandlerCall, scope: RunScope): Promise<Outcome> => {
      const turn = Promise.resolve(rest.wake() ?? waitIn(waiting, scope.signal));
      grow();
      const child = await scope.wait(turn);
      try {
        return await child[calls](call, scope);
      } finally {
        if (child.isAlive()) offer(child);
      }
    },
    close: rest.close,
  };
};

/** Child processes in which handlers run apart from the host. */
export const createChildRuns = (options: RunnerOptions): ChildRuns => {
  const start = () => startRunner(options);
  const shared = createChildPool({ start, most: MOST_SHARED, idle: IDLE, calls: 'run' });
  const alone = createChildPool({ start, most: MOST_ALONE, idle: IDLE, calls: 'runLast' });
  return {
    isolated: (call, scope) => start().runLast(call, scope),
    shared: shared.run,
    alone: alone.run,
    close: () => {
      shared.close();
      alone.close();
    },
  };
};
