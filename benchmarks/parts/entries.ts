import { entryChange } from '../../db/collections.ts';
import { openStore } from '../../db/registry.ts';
import { defineContext, freerunProcess } from '../../domain/model/define.ts';
import { freshEntry } from '../../domain/model/entity.ts';
import type { FreerunEntryRecord } from '../../domain/model/record.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { openQueue } from '../../mq/registry.ts';
import { buildOwnScheduler } from '../support/own-scheduler.ts';
import { triggerOf } from '../support/triggers.ts';

/** What a scheduler takes for its entries. */
export interface EntriesResult {
  readonly bytes: number;
  readonly entries: number;
}

// Entries of users that have all fired and are armed; units that may still run are what takes most. Arguments: number of
// entries, data folder.

const [count, dataDir = ''] = process.argv.slice(2);
const entries = Number(count);
const PER_COMMIT = 1_000;

const clock = systemClock;
const now = clock.now();

const used = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const recordOf = (i: number): FreerunEntryRecord => ({
  ...freshEntry,
  processName: 'Many',
  entryName: `entry-${i}`,
  trigger: triggerOf(i),
  arguments: {},
  on: true,
  overlap: 'skip',
  missed: 'none',
  description: `entry ${i}`,
  origin: 'user',
  lastFiredAt: now,
  seenUntil: now,
  relatedUow: `Many:entry-${i}/20260101000000#1`,
  createdAt: now,
  updatedAt: now,
});

const store = await openStore('embedded', { dataDir, clock });
const queue = await openQueue('embedded', { dataDir, clock });
const epoch = await store.beginEpoch();
const cause = { actor: 'scheduler', reason: null, at: now, epoch };
for (let from = 0; from < entries; from += PER_COMMIT)
  await store.commit(
    Array.from({ length: Math.min(PER_COMMIT, entries - from) }, (_, i) => ({
      cause,
      writes: [entryChange(undefined, recordOf(from + i), 'create')],
    })),
  );

const context = defineContext({
  processes: [freerunProcess({ name: 'Many', identity: true, entries: [] })],
});
const before = used();
const { services } = await buildOwnScheduler({ context, store, queue, clock, start: now - 3_600_000 });
await services.freerun.reconcile();
await services.freerun.start();
process.send?.({ bytes: used() - before, entries: services.alarms.size } satisfies EntriesResult);
services.alarms.stop();
await services.turnLoop.stop();
await queue.close();
await store.close();
