import { Worker } from 'bullmq';
import { wallClock } from '../support/child.ts';
import type { BullJob, BullResult } from '../support/bullmq.ts';

/** A BullMQ worker whose jobs do nothing. Arguments: port of Redis, name of the queue, concurrency, number of jobs. */
const [port, queue, concurrency, total] = process.argv.slice(2);
const waits: number[] = [];
let completed = 0;

const worker = new Worker<BullJob>(
  queue ?? '',
  ({ data }) => {
    if (data.addedAt !== undefined) waits.push(wallClock() - data.addedAt);
    return Promise.resolve();
  },
  { connection: { host: '127.0.0.1', port: Number(port) }, concurrency: Number(concurrency) },
);
worker.on('completed', () => {
  if (++completed === Number(total)) process.send?.({ doneAt: wallClock(), waits } satisfies BullResult);
});
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)));
await worker.waitUntilReady();
process.send?.('ready');
