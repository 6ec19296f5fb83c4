import { eventTriggerSpec } from '../../db/event-collections.ts';
import { openStore } from '../../db/registry.ts';
import { readTarget } from '../../domain/event/target.ts';
import { putTrigger } from '../../domain/event/trigger.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { waitingTriggers } from '../support/event-triggers.ts';

// Fills a store with event triggers that wait, and one, which is read last, that is due in a second. Arguments: data folder, number, address.

const [dataDir = '', count, url = ''] = process.argv.slice(2);
const GROUP = 1_000;

const store = await openStore('embedded', { dataDir, clock: systemClock });
const now = systemClock.now();
const triggers = waitingTriggers(Number(count), 'waiting', now, url);
const first = `R0/${new Date(now + 1_000).toISOString()}/PT1S/ET1H`;
const all = [...triggers, { ...triggers[0]!, triggerId: 'zzz-first', schedule: first }].map(
  ({ triggerId, target, ...given }) => ({ ...given, id: triggerId, target: readTarget(target) }),
);
const collection = store.collection(eventTriggerSpec);
for (let from = 0; from < all.length; from += GROUP)
  await Promise.all(
    all
      .slice(from, from + GROUP)
      .map((given) => collection.insertNew(putTrigger(undefined, given, now).trigger)),
  );
await store.close();
process.send?.('done');
process.disconnect();
