import { SynergyError } from '../../domain/errors.ts';
import { nextUowState } from '../../domain/machine/transition.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { handlerUow } from '../../domain/model/handler-uow.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { oneLine } from '../../domain/one-line.ts';
import { plural } from '../../domain/plural.ts';
import { attemptsOf, retryDelay } from '../../domain/strategy/retry.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import type { Held, Report } from '../../db/store.ts';
import type { Consumer, Message } from '../../mq/queue.ts';
import { deadline } from '../../lib/os/timer.ts';
import type { SchedulerContext } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import { createWorkerOutput } from './output.ts';
import type { Fence, Verdict, WorkerApi, WorkerResult, WorkOrder, WorkRequest } from './api.ts';

type Desk = Pick<SchedulerServices, 'kernel' | 'conductor'>;

const VISIBILITY_TIMEOUT = 30_000;
const MAX_DELIVERIES = 20;
/** Milliseconds after which messages come back whose units could not be claimed. */
const CLAIM_RETRY = 5_000;

const eventOf = {
  processed: 'complete',
  noop: 'empty',
  cancel: 'cancel',
  invalid: 'fail',
} as const satisfies Record<WorkerResult['outcome'], Report['event']>;

const entryOf = ({ context }: SchedulerContext, processName: string): ProcessEntry | undefined =>
  context.processes.find(({ name }) => name === processName);

/** The units of other processes are for the workers these name. */
const externalEntry = (kernel: SchedulerContext, processName: string): ProcessEntry => {
  const entry = entryOf(kernel, processName);
  if (entry === undefined) {
    const known = kernel.context.processes.map(({ name }) => name);
    throw new SynergyError(
      'NOT_FOUND',
      `no process is named '${processName}'${didYouMean(processName, known)}`,
    );
  }
  if (entry.worker.kind === 'external') return entry;
  throw new SynergyError(
    'INVALID_ARGUMENT',
    `the units of '${processName}' are for its own worker: declare it 'external: true' to claim them from outside`,
  );
};

const orderOf = (uow: UowRecord): WorkOrder => ({ ...handlerUow(uow), token: uow.token ?? '' });

const claimAll = async (
  kernel: SchedulerContext,
  owner: string,
  ids: readonly string[],
): Promise<WorkOrder[]> => {
  const now = kernel.clock.now();
  const claimed = await kernel.store.claim(ids, { owner, expiresAt: now + kernel.limits.lease, now });
  return claimed.map(orderOf);
};

const claim = async (
  kernel: SchedulerContext,
  owner: string,
  ids: readonly string[],
): Promise<WorkOrder[]> => {
  for (const { processName } of await kernel.store.uows(ids)) externalEntry(kernel, processName);
  return claimAll(kernel, owner, ids);
};

/** Claims what messages ring for. Anybody may ring a queue: only units of its own process are claimed. */
const claimRung = async (
  kernel: SchedulerContext,
  consumer: Consumer,
  { processName, owner }: WorkRequest,
  messages: readonly Message[],
): Promise<WorkOrder[]> => {
  try {
    const uows = await kernel.store.uows(messages.map(({ body }) => body));
    const own = uows.filter((uow) => uow.processName === processName);
    return await claimAll(
      kernel,
      owner,
      own.map(({ id }) => id),
    );
  } catch (error) {
    await consumer.nack(messages, CLAIM_RETRY).catch(() => undefined);
    throw error;
  }
};

const take = async (
  kernel: SchedulerContext,
  wish: WorkRequest,
  signal: AbortSignal,
): Promise<WorkOrder[]> => {
  const queue = workQueue(externalEntry(kernel, wish.processName));
  const over = deadline(wish.wait, signal);
  const consumer = kernel.queue.consume(queue, {
    visibilityTimeout: VISIBILITY_TIMEOUT,
    maxDeliveries: MAX_DELIVERIES,
    prefetch: wish.max,
  });
  try {
    for (;;) {
      const messages = await consumer.take(wish.max, over.signal);
      if (messages.length === 0) return [];
      if (signal.aborted) {
        await consumer.nack(messages, 0);
        return [];
      }
      const orders = await claimRung(kernel, consumer, wish, messages);
      await consumer.ack(messages).catch((error: unknown) => {
        kernel.log.warn(
          `could not acknowledge ${plural(messages.length, 'message')} of ${queue}: ${String(error)}`,
        );
      });
      if (orders.length > 0) return orders;
    }
  } finally {
    over.end();
    await consumer.close();
  }
};

/** The end of a unit that its worker holds for longer than it may; undefined when it does not. */
const overdue = (kernel: SchedulerContext, uow: UowRecord): Report | undefined => {
  const now = kernel.clock.now();
  const entry = entryOf(kernel, uow.processName);
  if (entry?.timeLimit === undefined || now - (uow.startedAt ?? now) < entry.timeLimit) return undefined;
  const { id, attempt, token, processed, aggregated } = uow;
  return {
    id,
    attempt,
    token: token ?? '',
    processed,
    aggregated,
    event: 'fail',
    error: `time limit of ${formatDuration(entry.timeLimit)} exceeded`,
    retryAt: now + retryDelay(entry.retry, attemptsOf(uow), Math.random()),
  };
};

const heartbeat = async (
  { kernel, conductor }: Desk,
  owner: string,
  shown: readonly Held[],
): Promise<string[]> => {
  const now = kernel.clock.now();
  const held = await kernel.store.renewHeld(shown, now + kernel.limits.lease);
  const reports = (await kernel.store.uows(held)).flatMap((uow) => overdue(kernel, uow) ?? []);
  const ended = new Set(reports.map(({ id }) => id));
  if (reports.length > 0) {
    await kernel.store.report(owner, reports, now);
    void conductor.report([...ended]);
  }
  return held.filter((id) => !ended.has(id));
};

/** The unit that a fence is about. Throws NOT_FOUND. */
const fenced = async ({ store }: SchedulerContext, { id }: Fence): Promise<UowRecord> => {
  const [uow] = await store.uows([id]);
  if (uow === undefined) throw new SynergyError('NOT_FOUND', `no unit of work is named '${id}'`);
  return uow;
};

const isHolder = (uow: UowRecord, { attempt, token }: Fence): boolean =>
  uow.attempt === attempt && uow.token === token;

const toReport = (kernel: SchedulerContext, uow: UowRecord, result: WorkerResult): Report => {
  const { id, attempt, token, outcome, processed, aggregated, error } = result;
  const event = eventOf[outcome];
  const now = kernel.clock.now();
  const entry = entryOf(kernel, uow.processName);
  const delay = entry === undefined ? 0 : retryDelay(entry.retry, attemptsOf(uow), Math.random());
  return {
    id,
    attempt,
    token,
    event,
    processed,
    aggregated,
    error: event === 'fail' || event === 'cancel' ? oneLine(error) : null,
    retryAt: event === 'fail' ? now + delay : null,
  };
};

const complete = async ({ kernel, conductor }: Desk, result: WorkerResult): Promise<Verdict> => {
  const uow = await fenced(kernel, result);
  const end = nextUowState(uow.id, 'IN_PROGRESS', eventOf[result.outcome]);
  // Sent again, since the answer was lost: what was applied must not look rejected.
  if (isHolder(uow, result) && uow.state === end) return 'applied';
  const report = toReport(kernel, uow, result);
  const [verdict = 'rejected'] = await kernel.store.report(result.owner, [report], kernel.clock.now());
  void conductor.report([uow.id]);
  return verdict;
};

/** The part of the scheduler's door that workers of other languages use. */
export const createWorkerApi = (desk: Desk): WorkerApi => {
  const { kernel } = desk;
  const { store } = kernel;
  const output = createWorkerOutput(kernel);
  return {
    terms: (processName) => {
      const queue = workQueue(externalEntry(kernel, processName));
      return { processName, queue, lease: kernel.limits.lease };
    },
    claim: (owner, ids) => claim(kernel, owner, ids),
    take: (wish, signal) => take(kernel, wish, signal),
    heartbeat: (owner, held) => heartbeat(desk, owner, held),
    log: async (fence, lines) => {
      if (!isHolder(await fenced(kernel, fence), fence)) return 'rejected';
      return output.append(fence, lines);
    },
    progress: async (fence, progress) => {
      const uow = await fenced(kernel, fence);
      if (!isHolder(uow, fence) || uow.state !== 'IN_PROGRESS') return 'rejected';
      await store.progress(fence.id, fence.token, progress);
      return 'applied';
    },
    complete: (result) => complete(desk, result),
  };
};
