import type { Fault } from './fault.ts';
import { kills } from './faults/kills.ts';

/** Every fault there is, in the order of the table. */
export const faults: readonly Fault[] = [...kills];
