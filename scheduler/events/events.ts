import type { UowRecord } from '../../domain/model/record.ts';
import type { EventFeed } from '../api/live-feed.ts';
import type { SchedulerContext } from '../context.ts';
import { createPauseFailing } from './pause-failing.ts';
import { EventPlanner } from './planner.ts';

/** The part of the scheduler that sees to event triggers. */
export interface EventServices {
  readonly planner: EventPlanner;
  /**
   * Runs what changes triggers, one after the other, beside the turns of the turn loop: each once all has its execution that was
   * due before, by triggers as they were. Throws STOPPED.
   */
  readonly alone: <T>(task: () => Promise<T>) => Promise<T>;
  /** A unit of work was reported, of event triggers or not. */
  readonly onReport: (uow: UowRecord) => void;
}

export const createEvents = (shared: SchedulerContext, feed: EventFeed): EventServices => {
  let before: Promise<unknown> = Promise.resolve();
  const planner = new EventPlanner(shared, feed);
  const pauseFailing = createPauseFailing(shared);
  return {
    planner,
    alone: (task) => {
      const run = before.then(() => planner.settle()).then(task);
      before = run.catch(() => undefined);
      return run;
    },
    onReport: (uow) => {
      feed.execution(uow);
      pauseFailing(uow);
    },
  };
};
