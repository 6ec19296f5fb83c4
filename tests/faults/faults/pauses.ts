import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { bit } from '../fault.ts';
import type { Fault, Form, Place } from '../fault.ts';
import { within } from '../processes.ts';
import { byScheduler, claimOf, journalEnd, nextRow, took } from '../recovery.ts';
import { daysFor } from '../workload.ts';
import type { Workload } from '../workload.ts';
import { freezeWorker } from '../strike.ts';

const BOUND = 30_000;
/** A process that is told to stop may have to come back from the disk first, ms. */
const STILL = 5_000;
/** The lock of a scheduler lasts 15 s in MongoDB; on the embedded store it cannot be lost. Milliseconds. */
const PAUSE = {
  short: { embedded: 8_000, servers: 18_000 },
  long: { embedded: 45_000, servers: 45_000 },
} as const;

const shortLease = (form: Form, place: Place): Workload => ({
  days: daysFor(form, place),
  ...(form === 'short' ? { settings: { lease: '3s', heartbeat: '1s', sweepInterval: '2s' } } : {}),
});

const isPaused = (pid: number): boolean => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

const workerPaused: Fault = {
  name: 'worker paused',
  what: 'SIGSTOP of the worker until its leases are lost, then SIGCONT',
  on: ['embedded', 'servers'],
  bound: BOUND,
  times: { short: 1, long: 3 },
  work: shortLease,
  inject: async (world) => {
    const store = await world.store();
    const { worker, held, end } = await freezeWorker(world);
    bit(await within(STILL, () => isPaused(worker.pid)), `process ${worker.pid} runs`);
    const lost = await nextRow(
      store,
      end,
      ({ event, entityId }) => event === 'repost' && held.includes(entityId),
    );
    process.kill(worker.pid, 'SIGCONT');
    const recovery = await took(() => nextRow(store, lost.sequence, claimOf(held)));
    return { recovery, proof: `process ${worker.pid} lost ${held.length} leases: ${lost.reason ?? ''}` };
  },
};

const schedulerPaused: Fault = {
  name: 'scheduler paused',
  what: 'SIGSTOP of the scheduler for longer than its lock lasts, then SIGCONT',
  on: ['embedded', 'servers'],
  bound: BOUND,
  times: { short: 1, long: 3 },
  work: (form, place) => ({ days: daysFor(form, place) }),
  inject: async (world, form) => {
    const store = await world.store();
    const scheduler = await world.service('scheduler');
    process.kill(scheduler.pid, 'SIGSTOP');
    // What it had sent before may still be carried out.
    await sleep(PAUSE[form][world.place]);
    bit(isPaused(scheduler.pid), `process ${scheduler.pid} runs`);
    const end = await journalEnd(store);
    process.kill(scheduler.pid, 'SIGCONT');
    const recovery = await took(() => nextRow(store, end, byScheduler));
    return { recovery, proof: `process ${scheduler.pid} stood still` };
  },
};

export const pauses: readonly Fault[] = [workerPaused, schedulerPaused];
