import type { AlarmClock } from './alarm.ts';
import type { Conductor } from './conductor.ts';
import type { FreerunDesk } from './freerun-desk.ts';
import type { Kernel } from './kernel.ts';
import type { Rounds } from './rounds.ts';

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
