import type { Fault } from './fault.ts';
import { handlers } from './faults/handlers.ts';
import { kills } from './faults/kills.ts';
import { pauses } from './faults/pauses.ts';

/** Every fault there is, in the order of the table. */
export const faults: readonly Fault[] = [...kills, ...pauses, ...handlers];
