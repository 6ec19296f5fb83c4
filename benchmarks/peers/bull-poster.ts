import { Worker } from 'bullmq';
import type { BullFiring } from '../support/bull-schedulers.ts';

/** A BullMQ worker that posts what job schedulers fire. Arguments: port of Redis, name of the queue, concurrency. */
const [port, queue, concurrency] = process.argv.slice(2);

/** Ids of such jobs are `repeat:<scheduler>:<ms>`. */
const plannedAt = (id: string): string => new Date(Number(id.split(':').at(-1))).toISOString();

const worker = new Worker<BullFiring>(
  queue ?? '',
  async ({ id = '', data: { url, payload } }) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'synergy-time': plannedAt(id),
      },
      body: JSON.stringify(payload),
    });
    await answer.text();
    if (!answer.ok) throw new Error(`the target answered ${answer.status}`);
  },
  { connection: { host: '127.0.0.1', port: Number(port) }, concurrency: Number(concurrency) },
);
process.once('SIGTERM', () => void worker.close().then(() => process.exit(0)));
await worker.waitUntilReady();
process.send?.('ready');
