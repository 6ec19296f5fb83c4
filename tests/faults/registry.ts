import type { Fault, Form, Place } from './fault.ts';
import { boxes } from './faults/boxes.ts';
import { broker } from './faults/broker.ts';
import { clocks } from './faults/clocks.ts';
import { disks } from './faults/disks.ts';
import { handlers } from './faults/handlers.ts';
import { kills } from './faults/kills.ts';
import { messages } from './faults/messages.ts';
import { mongo } from './faults/mongo.ts';
import { pauses } from './faults/pauses.ts';
import { poison } from './faults/poison.ts';
import { races } from './faults/races.ts';
import { retention } from './faults/retention.ts';
import { rings } from './faults/rings.ts';
import { shells } from './faults/shells.ts';
import { stores } from './faults/stores.ts';

/** Every fault there is, in the order of the table. */
export const faults: readonly Fault[] = [
  ...kills,
  ...pauses,
  ...handlers,
  ...rings,
  ...shells,
  ...poison,
  ...races,
  ...stores,
  ...retention,
  ...disks,
  ...clocks,
  ...broker,
  ...mongo,
  ...messages,
  ...boxes,
];

/** Those that a form injects somewhere. */
export const faultsOf = (place: Place, form: Form): readonly Fault[] =>
  faults.filter(
    ({ on, longOnly = [] }) => on.includes(place) && !(form === 'short' && longOnly.includes(place)),
  );
