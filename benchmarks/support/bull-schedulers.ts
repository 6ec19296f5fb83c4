import { Queue } from 'bullmq';
import { startModule } from './child.ts';
import { PATIENCE, instantFor, untilBefore } from './event-box.ts';
import { latenessOf } from './event-target.ts';
import type { EventTarget, Lateness } from './event-target.ts';
import { withRedis } from './redis.ts';
import type { Fsync } from './redis.ts';

/** What a job of a scheduler carries. */
export interface BullFiring {
  readonly url: string;
  readonly payload: { readonly number: number };
}

const QUEUE = 'bench';
const DAY = 86_400_000;
/** Schedulers that are put at once. */
const AT_ONCE = 200;
/** Jobs at once in the worker, as the setting `eventConcurrency` has it by default. */
const CONCURRENCY = 256;

interface Schedulers {
  readonly count: number;
  readonly url: string;
  /** First instant, and the milliseconds over which those of all are spread evenly. */
  readonly from: number;
  readonly over: number;
}

/** Puts job schedulers that are due every day. */
const putSchedulers = async (
  queue: Queue<BullFiring>,
  { count, url, from, over }: Schedulers,
): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      const startDate = from + Math.floor((number * over) / count);
      const template = { name: 'post', data: { url, payload: { number } } };
      await queue.upsertJobScheduler(`due-${number}`, { every: DAY, startDate }, template);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
};

interface Firings {
  readonly fsync: Fsync;
  readonly count: number;
  readonly over: number;
  readonly target: EventTarget;
}

/** Job schedulers that are due within `over` ms, and a worker that posts to the target what they fire. */
export const bullFirings = ({ fsync, count, over, target }: Firings): Promise<Lateness> =>
  withRedis(fsync, async (port) => {
    const queue = new Queue<BullFiring>(QUEUE, { connection: { host: '127.0.0.1', port } });
    const worker = await startModule('peers/bull-poster.ts', [port, QUEUE, CONCURRENCY]);
    try {
      await Promise.all([worker.message(), queue.waitUntilReady()]);
      const from = instantFor(count);
      await putSchedulers(queue, { count, url: target.url, from, over });
      await untilBefore(from);
      return latenessOf(await target.take(count, PATIENCE), count);
    } finally {
      await worker.end();
      await queue.obliterate({ force: true });
      await queue.close();
    }
  });
