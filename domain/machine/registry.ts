import type { AnyStateMachine } from 'xstate';
import { jobMachine } from './job-machine.ts';
import { uowMachine } from './uow-machine.ts';

/** Name of a state machine of the product. A new machine begins here: the compiler then names what it lacks. */
export type MachineName = 'job' | 'uow';

/** Every state machine of the product, to be drawn or listed. */
export const machines: Readonly<Record<MachineName, AnyStateMachine>> = { job: jobMachine, uow: uowMachine };
