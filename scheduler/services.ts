import type { AlarmClock } from '../lib/timer-queue.ts';
import type { Conductor } from './engine/turn-loop.ts';
import type { FreerunDesk } from './freerun/entries.ts';
import type { Kernel } from './context.ts';
import type { Rounds } from './maintenance/sweep.ts';

/** A scheduler put together, at work or not. */
export interface Parts {
  readonly kernel: Kernel;
  readonly conductor: Conductor;
  readonly freerun: FreerunDesk;
  readonly alarms: AlarmClock;
  readonly rounds: Rounds;
  /** Sets the alarm of a managed process by its trigger in force; nothing while the scheduler is not at work. */
  readonly rearm: (processName: string) => void;
}
