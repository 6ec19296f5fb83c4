import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openQueue } from '../../../mq/registry.ts';
import type { Message, Queue } from '../../../mq/queue.ts';
import { COLLECTOR_QUEUE, COMMAND_QUEUE, UOW_STATUS_QUEUE } from '../../../domain/model/queue-name.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { onChannel } from '../../mq/rabbit-fixture.ts';
import { bit } from '../fault.ts';
import type { Fault, Form } from '../fault.ts';
import { garbage } from '../garbage.ts';
import { floods } from '../logs.ts';
import { allMove, busyWorker } from '../moving.ts';
import { within } from '../processes.ts';
import { queuesOf, workQueues } from '../queues.ts';
import { journalEnd, took } from '../recovery.ts';
import { daysFor } from '../workload.ts';
import type { World } from '../world.ts';

const BOUND = 30_000;
/** A queue of which nothing is taken for so long is stuck, ms. */
const PATIENCE = 60_000;
/** So few messages may be those of the work at hand. */
const FEW = 12;
const MOST_LINES = 12;
/** Memory that no process may ever have used more of, MB. */
const MOST_MEMORY = 600;
const PAGE = 500;

const withQueue = async <T>(world: World, work: (queue: Queue) => Promise<T>): Promise<T> => {
  const { dataDir } = world.settings;
  const queue = await openQueue(world.direct.queue, { dataDir, clock: { now: () => Date.now() } });
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
};

/** Waits until everything that was sent is taken. */
const untilTaken = async (world: World, queue: Queue): Promise<void> => {
  for (const name of await queuesOf(world)) {
    for (let left = Infinity; left >= FEW;) {
      const before = left;
      const isLess = async (): Promise<boolean> => (left = (await queue.depth(name)).ready) < before;
      if (!(await within(PATIENCE, isLess, 50)))
        throw new Error(`queue ${name} holds ${left} messages that no consumer takes`);
    }
  }
};

const peakMemory = (pid: number): number => {
  const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_000;
};

/** The most that scheduler and worker have ever used, MB. */
const memoryOf = async (world: World): Promise<number> => {
  const services = await Promise.all([world.service('scheduler'), world.service('worker')]);
  return Math.max(...services.map(({ pid }) => peakMemory(pid)));
};

interface Noise {
  readonly name: string;
  readonly what: string;
  /** Messages to be sent. */
  readonly count: Readonly<Record<Form, number>>;
  /** Sends them; answers how many there were. */
  readonly send: (world: World, queue: Queue, count: number) => Promise<number>;
  /** What is wrong with the units in the end. */
  readonly verify: (uows: readonly UowRecord[]) => readonly string[];
}

/** Messages that say nothing new: nothing may come of them. */
const noise = ({ name, what, count, send, verify }: Noise): Fault => ({
  name,
  what,
  on: ['embedded', 'servers'],
  bound: BOUND,
  times: { short: 1, long: 1 },
  // There has to be enough left to do until all are sent, also where little is at the same time.
  work: (form, place) => ({ days: form === 'long' ? 20 : place === 'servers' ? 2 : daysFor(form, place) }),
  inject: (world, form) =>
    withQueue(world, async (queue) => {
      await busyWorker(world);
      const sent = await send(world, queue, count[form]);
      bit(sent >= count[form], `only ${sent} messages were sent`);
      const taken = await took(() => untilTaken(world, queue));
      const recovery = await took(() => allMove(world));
      const memory = await memoryOf(world);
      if (memory > MOST_MEMORY) throw new Error(`a process has used ${Math.round(memory)} MB`);
      const proof = `${sent} messages, the last taken after ${Math.round(taken)} ms, ${Math.round(memory)} MB at most`;
      return { recovery, proof };
    }),
  verify: async (world) => {
    const uows = await (await world.store()).findUows({});
    return [...floods(world, MOST_LINES), ...verify(uows)];
  },
});

/** No unit was worked on more than once, and no job has more than one. */
const areSingle = (uows: readonly UowRecord[]): readonly string[] =>
  uows
    .filter(({ kind, attempt, sequence }) => attempt > 1 || (kind === 'managed' && sequence > 1))
    .map(({ id, attempt }) => `${id} at attempt ${attempt}: something came of a message that said nothing`);

/** Rings for units as they are made: work queue, status queue and collector, `times` each. */
const echo = async (world: World, queue: Queue, count: number): Promise<number> => {
  const store = await world.store();
  const queues = await workQueues(world);
  const times = 10;
  let sent = 0;
  for (let from = Math.max(0, (await journalEnd(store)) - PAGE); sent < count;) {
    const rows = await store.journal({ after: from, limit: PAGE });
    from = rows.at(-1)?.sequence ?? from;
    for (const { entityKind, entityId } of rows) {
      const name = queues.get(entityId.split(/[/:]/)[0] ?? '');
      if (entityKind !== 'uow' || name === undefined) continue;
      const copies = Array<string>(times).fill(entityId);
      await Promise.all([queue.publish(name, copies), queue.publish(UOW_STATUS_QUEUE, copies)]);
      sent += 2 * times;
    }
    await queue.publish(COLLECTOR_QUEUE, Array<string>(times).fill('nobody'));
    sent += times;
  }
  return sent;
};

const duplicated = noise({
  name: 'messages duplicated',
  what: 'ten times as many rings for every unit, at each of its steps',
  count: { short: 2_000, long: 20_000 },
  send: echo,
  verify: areSingle,
});

/** Takes what others would take, and puts it back in another order. */
const shuffle = async (world: World, queue: Queue, count: number): Promise<number> => {
  const patience = 500;
  const least = 4;
  const queues = await workQueues(world);
  let moved = 0;
  const compete = async (name: string): Promise<void> => {
    const consumer = queue.consume(name, {
      visibilityTimeout: PATIENCE,
      maxDeliveries: 1_000,
      prefetch: 100,
    });
    while (moved < count) {
      const held: Message[] = [];
      const late = AbortSignal.timeout(patience);
      while (held.length < least && !late.aborted) held.push(...(await consumer.take(100, late)));
      await queue.publish(name, held.map(({ body }) => body).reverse());
      await consumer.ack(held);
      if (held.length > 1) moved += held.length;
    }
    await consumer.close();
  };
  const [hour = '', after = ''] = [queues.get('Hour'), queues.get('After')];
  await Promise.all([hour, after, UOW_STATUS_QUEUE].map(compete));
  return moved;
};

const reordered = noise({
  name: 'messages reordered',
  what: 'messages come late and in reverse order',
  count: { short: 60, long: 1_000 },
  send: shuffle,
  verify: areSingle,
});

/** Rings again for what has ended long ago. */
const repeat = async (world: World, queue: Queue, count: number): Promise<number> => {
  const store = await world.store();
  const queues = await workQueues(world);
  const ids = async (): Promise<string[]> =>
    (await store.findUows({ states: ['PROCESSED'] })).map(({ id }) => id);
  bit(await within(PATIENCE, async () => (await ids()).length > 20, 50), 'nothing has ended');
  const id = randomUUID();
  await world.command({ id, kind: 'set-freerun', processName: 'Tick', entryName: 'tick', on: true });
  const ended = await ids();
  let sent = 0;
  while (sent < count) {
    for (const uow of ended) await queue.publish(queues.get(uow.split(/[/:]/)[0] ?? '') ?? '', [uow]);
    await queue.publish(UOW_STATUS_QUEUE, ended);
    await queue.publish(COMMAND_QUEUE, [id, id]);
    sent += 2 * ended.length + 2;
  }
  return sent;
};

const old = noise({
  name: 'messages old',
  what: 'rings for units and commands that have ended come again',
  count: { short: 500, long: 20_000 },
  send: repeat,
  verify: areSingle,
});

const BATCH = 100;

/** What no client of ours would send: bytes that are no text, under headers of another product. */
const sendBytes = (world: World, queues: readonly string[], count: number): Promise<void> =>
  onChannel(world.direct.queue, (channel) => {
    const headers = { 'x-delivery-count': 'many', 'x-death': [{ queue: 'other', count: -1 }] };
    for (let i = 0; i < count; i++)
      channel.sendToQueue(queues[i % queues.length] ?? '', randomBytes(1 + (i % 300)), { headers });
    return Promise.resolve();
  });

const corrupt = async (world: World, queue: Queue, count: number): Promise<number> => {
  const genuine = (await (await world.store()).findUows({ limit: 100 })).map(({ id }) => id);
  const queues = await queuesOf(world);
  if (world.place === 'servers') await sendBytes(world, queues, count / 10);
  for (let sent = 0; sent < count; sent += BATCH) {
    const bodies = Array.from({ length: BATCH }, () => garbage(Math.random, genuine));
    await queue.publish(queues[(sent / BATCH) % queues.length] ?? '', bodies);
  }
  return count;
};

const corrupted = noise({
  name: 'messages corrupted',
  what: 'bodies of anything, some of megabytes, in every queue',
  count: { short: 2_000, long: 100_000 },
  send: corrupt,
  // A body may happen to be the id of a unit of another process, which is then given back.
  verify: () => [],
});

export const messages: readonly Fault[] = [duplicated, reordered, old, corrupted];
