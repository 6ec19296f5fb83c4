import type { TimerQueue } from '../lib/timer-queue.ts';
import type { TurnLoop } from './engine/turn-loop.ts';
import type { EventServices } from './events/events.ts';
import type { FreerunEntries } from './freerun/entries.ts';
import type { SchedulerContext } from './context.ts';
import type { Sweeps } from './maintenance/sweep.ts';

/** A scheduler put together, at work or not. */
export interface SchedulerServices {
  readonly shared: SchedulerContext;
  readonly turnLoop: TurnLoop;
  readonly freerun: FreerunEntries;
  readonly events: EventServices;
  readonly alarms: TimerQueue;
  readonly rounds: Sweeps;
  /** Sets the alarm of a managed process by its trigger in force; nothing while the scheduler is not at work. */
  readonly rearm: (processName: string) => void;
}
