import { availableParallelism } from 'node:os';
import type { ChildRunner } from './child.ts';
import type { RunInChild } from '../runners/runner.ts';
import { createTurns } from './turns.ts';

/** Children that start at once: starting keeps a processor busy. */
const STARTING = availableParallelism();

export interface ChildPoolOptions {
  readonly start: () => ChildRunner;
  /** Children at once, however many calls wait for one. */
  readonly most: number;
  /** A child that was idle for so long ends, ms. */
  readonly idle: number;
  /** Whether a child ends with its first call, or makes one after the other. */
  readonly calls: 'runLast' | 'run';
}

/** Child processes that make calls. */
export interface ChildPool {
  /** Makes a call as soon as there is a child for it. Rejects when none can be started. */
  readonly run: RunInChild;
  /** Ends the children that rest, and the others after their call. */
  readonly close: () => void;
}

/** Children without work, each of which ends after so many milliseconds. */
const createRest = (idle: number) => {
  const timers = new Map<ChildRunner, NodeJS.Timeout>();
  let isOver = false;
  const leave = (runner: ChildRunner): void => {
    clearTimeout(timers.get(runner));
    timers.delete(runner);
  };
  const end = (runner: ChildRunner): void => {
    leave(runner);
    runner.end();
  };
  return {
    enter(runner: ChildRunner): void {
      if (isOver) runner.end();
      else if (runner.isAlive()) timers.set(runner, setTimeout(end, idle, runner).unref());
    },
    leave,
    /** Wakes the one that came last: where few are needed, the others end. */
    wake(): ChildRunner | undefined {
      const runner = [...timers.keys()].findLast((each) => each.isAlive());
      if (runner) leave(runner);
      return runner;
    },
    over: (): void => {
      isOver = true;
      [...timers.keys()].forEach(end);
    },
  };
};

/**
 * As many children as calls wait, within limits. The first that is ready makes the first call: short calls are through
 * before many children are up, long ones have as many as there may be.
 */
export const createChildPool = ({ start, most, idle, calls }: ChildPoolOptions): ChildPool => {
  const turns = createTurns<ChildRunner>();
  const rest = createRest(idle);
  let children = 0;
  let starting = 0;

  const hand = (runner: ChildRunner): void => {
    if (!turns.give(runner)) rest.enter(runner);
  };
  const attend = async (runner: ChildRunner): Promise<void> => {
    children++;
    starting++;
    await runner.ready;
    starting--;
    // Also when it is dead already: its call is to tell.
    hand(runner);
    grow();
    await runner.gone.catch(() => undefined);
    children--;
    rest.leave(runner);
    grow();
  };
  const grow = (): void => {
    while (turns.waiting() > starting && starting < STARTING && children < most) {
      try {
        void attend(start());
      } catch (error) {
        turns.refuse(error as Error);
      }
    }
  };
  return {
    async run(call, scope) {
      const turn = Promise.resolve(rest.wake() ?? turns.wait(scope.signal));
      grow();
      const runner = await scope.wait(turn);
      try {
        return await runner[calls](call, scope);
      } finally {
        if (runner.isAlive()) hand(runner);
      }
    },
    close: rest.over,
  };
};
