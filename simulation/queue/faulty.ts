import type { Faults } from '../faults.ts';
import type { World } from '../world.ts';
import type { QueueServer } from './memory.ts';

/** What a consumer may find in a queue. */
const GARBAGE = 'Nobody/2015060100#1\u0000{';

/** A queue that loses, repeats, delays and invents messages, as the faults say. */
export const createFaultyQueue = (
  server: QueueServer,
  { faults, world }: { readonly faults: Faults; readonly world: World },
): QueueServer => ({
  ...server,
  publish: (queue, bodies, delay) => {
    for (const body of bodies) {
      const fault = faults.draw('message', `${queue} ${body}`);
      if (fault === undefined) server.publish(queue, [body], delay);
      else world.note(() => `${fault.kind}: ${queue} ${body}`);
      switch (fault?.kind) {
        case 'message-twice':
          server.publish(queue, [body, body], delay);
          break;
        case 'message-late':
          server.publish(queue, [body], (delay ?? 0) + fault.amount);
          break;
        case 'message-garbled':
          server.publish(queue, [GARBAGE, body, ''], delay);
          break;
        default:
      }
    }
  },
});
