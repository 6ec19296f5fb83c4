import type { Fault } from './fault.ts';
import { broker } from './faults/broker.ts';
import { handlers } from './faults/handlers.ts';
import { kills } from './faults/kills.ts';
import { mongo } from './faults/mongo.ts';
import { pauses } from './faults/pauses.ts';

/** Every fault there is, in the order of the table. */
export const faults: readonly Fault[] = [...kills, ...pauses, ...handlers, ...broker, ...mongo];
