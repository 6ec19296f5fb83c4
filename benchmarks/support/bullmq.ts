import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { startModule, wallClock } from './child.ts';

/** What a job carries: when it was added, where that is of interest. */
export interface BullJob {
  readonly addedAt?: number;
}

/** What a worker says after its last job: when that was completed, and how long jobs waited for their start, ms. */
export interface BullResult {
  readonly doneAt: number;
  readonly waits: readonly number[];
}

const QUEUE = 'bench';
/** Jobs of one `addBulk`. */
const CHUNK = 1_000;

interface Run {
  readonly port: number;
  readonly jobs: number;
  readonly concurrency: number;
}

/** Gives a queue with a worker at it to `add`, and resolves with what the worker says after its last job. */
const withWorker = async (
  { port, jobs, concurrency }: Run,
  add: (queue: Queue<BullJob>) => Promise<void>,
): Promise<BullResult> => {
  const queue = new Queue<BullJob>(QUEUE, { connection: { host: '127.0.0.1', port } });
  const worker = await startModule('peers/bull-worker.ts', [port, QUEUE, concurrency, jobs]);
  try {
    await Promise.all([worker.message(), queue.waitUntilReady()]);
    const [result] = await Promise.all([worker.message() as Promise<BullResult>, add(queue)]);
    return result;
  } finally {
    await worker.end();
    await queue.obliterate({ force: true });
    await queue.close();
  }
};

/** Jobs a second, from the first one being added to the last one being completed; both go on at the same time. */
export const bullRate = async (run: Run): Promise<number> => {
  let begun = 0;
  const { doneAt } = await withWorker(run, async (queue) => {
    begun = wallClock();
    for (let added = 0; added < run.jobs; added += CHUNK) {
      await queue.addBulk(
        Array.from({ length: Math.min(CHUNK, run.jobs - added) }, () => ({ name: 'job', data: {} })),
      );
    }
  });
  return run.jobs / ((doneAt - begun) / 1000);
};

/** Milliseconds from adding a job to the start of its processor, with `pause` ms between them. */
export const bullWaits = async (run: Run & { readonly pause: number }): Promise<readonly number[]> => {
  const { waits } = await withWorker(run, async (queue) => {
    for (let added = 0; added < run.jobs; added++) {
      await sleep(run.pause);
      await queue.add('job', { addedAt: wallClock() });
    }
  });
  return waits;
};
