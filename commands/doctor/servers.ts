import { refuseUnfinishedCopy } from '../../db/copy-mark.ts';
import { putFact } from '../../db/collections.ts';
import type { Store, StoreCapabilities } from '../../db/store.ts';
import { disagreements } from '../../domain/cluster/agreement.ts';
import { plural } from '../../domain/plural.ts';
import { redactUrl } from '../../domain/redact-url.ts';
import type { Queue, QueueCapabilities } from '../../mq/queue.ts';
import { openQueue } from '../../mq/registry.ts';
import type { Settings } from '../../settings.ts';
import { withStore } from '../../boot/adapters.ts';
import { readCluster } from '../../boot/box/membership.ts';
import { checkSharedQueue } from '../../boot/box/shared-queue-check.ts';
import { systemClock } from '../../lib/system-clock.ts';

/** Written by every check: a user who may only read finds out here. */
const PROBE_FACT = 'doctor';
const PROBE_QUEUE = 'q_doctor';

const msSince = (start: number): string => `${(performance.now() - start).toFixed(1)} ms`;

const placeOf = ({ name, server }: Pick<Store, 'name' | 'server'>, setting: string): string =>
  server === null ? name : `${server} at ${redactUrl(setting)}`;

const inQueue = async <T>({ queue, dataDir }: Settings, look: (queue: Queue) => Promise<T>): Promise<T> => {
  const opened = await openQueue(queue, { dataDir, clock: systemClock });
  return look(opened).finally(() => opened.close());
};

/** Opens the store, writes and reads; says what it found there. */
export const checkStore = (settings: Settings): Promise<string> =>
  withStore(settings, async (store) => {
    await refuseUnfinishedCopy(store);
    const begun = performance.now();
    await putFact(store, PROBE_FACT, systemClock.now());
    const took = msSince(begun);
    const units = Object.values(await store.countUows()).reduce((sum, count) => sum + count, 0);
    return `${placeOf(store, settings.store)}, a write takes ${took}, ${plural(units, 'unit of work', 'units of work')}`;
  });

/** Sends a message through the queue and removes it. */
export const checkQueue = (settings: Settings): Promise<string> =>
  inQueue(settings, async (queue) => {
    await queue.declare([PROBE_QUEUE]);
    const sent = performance.now();
    await queue.publish(PROBE_QUEUE, ['ping']);
    const took = msSince(sent);
    if ((await queue.purge(PROBE_QUEUE)) === 0)
      throw new Error('a message sent to it was lost: stop everything and try again');
    return `${placeOf(queue, settings.queue)}, a message takes ${took}`;
  });

const reach = (shared: boolean): string =>
  shared ? 'several boxes may share it' : 'for the processes of one box';

const storeWords = ({ atomicGroups, shared }: StoreCapabilities): string[] => [
  reach(shared),
  atomicGroups
    ? 'writes that belong together are one step'
    : 'of writes that belong together the first decides, and what a crash leaves undone is finished at the next start and by every sweep',
];

const queueWords = ({ delay, shared, countsAllTaken }: QueueCapabilities): string[] => [
  reach(shared),
  delay
    ? 'delays messages by itself'
    : 'delayed messages wait in the process that sends them, and in the store when that ends',
  countsAllTaken
    ? 'counts all messages that are taken'
    : 'counts the messages that its own process has taken, not those of others',
];

/** What the store can do beyond what every store can, in words. */
export const tellStore = (settings: Settings): Promise<string> =>
  withStore(settings, ({ capabilities }) => Promise.resolve(storeWords(capabilities).join('; ')));

/** What the queue can do beyond what every queue can, in words. */
export const tellQueue = (settings: Settings): Promise<string> =>
  inQueue(settings, ({ capabilities }) => Promise.resolve(queueWords(capabilities).join('; ')));

/** Whether all boxes that share the store hear each other's rings. */
export const checkSharing = (settings: Settings): Promise<string> =>
  withStore(settings, (store) =>
    inQueue(settings, async (queue) => {
      const others = await checkSharedQueue({ settings, store, queue, clock: systemClock });
      if (others.length > 0) return `this one beside ${others.join(', ')}`;
      return store.capabilities.shared && queue.capabilities.shared
        ? 'this one; more may come, on the same store and queue'
        : 'this one only: store and queue are not both for several';
    }),
  );

/** Whether services can see each other, who is there, and whether they agree. */
export const checkCluster = (settings: Settings): Promise<string> =>
  withStore(settings, async (store) => {
    const { driver, members } = await readCluster({ settings, store });
    const problems = disagreements(members);
    if (problems.length > 0) throw new Error(problems.join('; '));
    return `${settings.clusterName} by ${driver}: ${plural(members.length, 'service')} on ${plural(new Set(members.map(({ box }) => box)).size, 'box', 'boxes')}`;
  });
