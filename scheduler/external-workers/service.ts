import { SynergyError } from '../../domain/errors.ts';
import { nextUowState } from '../../domain/machine/transition.ts';
import type { ProcessEntry } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { handlerUow } from '../../domain/model/handler-uow.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { oneLine } from '../../domain/one-line.ts';
import { plural } from '../../domain/plural.ts';
import { endOfRun, runPolicy } from '../../domain/strategy/end-of-run.ts';
import type { RunPolicy, RunResult } from '../../domain/strategy/end-of-run.ts';
import { formatDuration } from '../../domain/time/duration.ts';
import type { Held } from '../../db/store.ts';
import type { Report } from '../../domain/model/report.ts';
import type { Consumer, Message } from '../../mq/queue.ts';
import { deadline } from '../../lib/os/timer.ts';
import { unitOf } from '../context.ts';
import type { SchedulerContext } from '../context.ts';
import type { SchedulerServices } from '../services.ts';
import { createWorkerOutput } from './output.ts';
import type { Fence, Verdict, WorkerApi, WorkerResult, WorkOrder, WorkRequest } from './api.ts';

type WorkerApiServices = Pick<SchedulerServices, 'shared' | 'turnLoop'>;

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

/** For units of a process that the context no longer names. */
const noPolicy: RunPolicy = {
  retry: { delay: 0, maxDelay: 0, maxAttempts: 1 },
  maxCrashes: 1,
  maxLost: 1,
};

const entryOf = ({ context }: SchedulerContext, processName: string): ProcessEntry | undefined =>
  context.processes.find(({ name }) => name === processName);

/** The units of other processes are for the workers these name. */
const externalEntry = (shared: SchedulerContext, processName: string): ProcessEntry => {
  const entry = entryOf(shared, processName);
  if (entry === undefined) {
    const known = shared.context.processes.map(({ name }) => name);
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

const claim = async (
  { store, clock, limits, tracer }: SchedulerContext,
  owner: string,
  uows: readonly UowRecord[],
): Promise<WorkOrder[]> => {
  const ids = uows.map(({ id }) => id);
  const now = clock.now();
  const claimed = await store.claim(ids, { owner, expiresAt: now + limits.lease, now });
  return claimed.map((uow) => ({
    ...handlerUow(uow),
    token: uow.token ?? '',
    ...(tracer && { traceparent: tracer.traceparent(uow) }),
  }));
};

/** Claims what messages ring for. Any client of the queue may ring it: only units of its own process are claimed. */
const claimRung = async (
  shared: SchedulerContext,
  consumer: Consumer,
  { processName, owner }: WorkRequest,
  messages: readonly Message[],
): Promise<WorkOrder[]> => {
  try {
    const uows = await shared.store.uows(messages.map(({ body }) => body));
    const own = uows.filter((uow) => uow.processName === processName);
    return await claim(shared, owner, own);
  } catch (error) {
    await consumer.nack(messages, CLAIM_RETRY).catch(() => undefined);
    throw error;
  }
};

const take = async (
  shared: SchedulerContext,
  wish: WorkRequest,
  signal: AbortSignal,
): Promise<WorkOrder[]> => {
  const queue = workQueue(externalEntry(shared, wish.processName));
  const over = deadline(wish.wait, signal);
  const consumer = shared.queue.consume(queue, {
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
      const orders = await claimRung(shared, consumer, wish, messages);
      await consumer.ack(messages).catch((error: unknown) => {
        shared.log.warn(
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

/** The report on a run that ended so. A process may have left the context while a worker held a unit of it. */
const reportOn = (shared: SchedulerContext, uow: UowRecord, result: RunResult): Report => {
  const entry = entryOf(shared, uow.processName);
  const policy = entry ? runPolicy(entry, shared.limits.maxCrashes) : noPolicy;
  return endOfRun(uow, result, policy, { now: shared.clock.now(), random: Math.random() });
};

/** The end of a unit that its worker holds for longer than it may; undefined when it does not. */
const overdue = (shared: SchedulerContext, uow: UowRecord): Report | undefined => {
  const now = shared.clock.now();
  const { timeLimit } = entryOf(shared, uow.processName) ?? {};
  if (timeLimit === undefined || now - (uow.startedAt ?? now) < timeLimit) return undefined;
  const { processed, aggregated } = uow;
  const error = `time limit of ${formatDuration(timeLimit)} exceeded`;
  return reportOn(shared, uow, { event: 'fail', processed, aggregated, error });
};

const heartbeat = async (
  { shared, turnLoop }: WorkerApiServices,
  owner: string,
  shown: readonly Held[],
): Promise<string[]> => {
  const now = shared.clock.now();
  const held = await shared.store.renewHeld(shown, now + shared.limits.lease);
  const reports = (await shared.store.uows(held)).flatMap((uow) => overdue(shared, uow) ?? []);
  const ended = new Set(reports.map(({ id }) => id));
  if (reports.length > 0) {
    await shared.store.report(owner, reports, now);
    void turnLoop.report([...ended]);
  }
  return held.filter((id) => !ended.has(id));
};

const isHolder = (uow: UowRecord, { attempt, token }: Fence): boolean =>
  uow.attempt === attempt && uow.token === token;

const complete = async ({ shared, turnLoop }: WorkerApiServices, result: WorkerResult): Promise<Verdict> => {
  const uow = await unitOf(shared.store, result.id);
  const event = eventOf[result.outcome];
  const end = nextUowState(uow.id, 'IN_PROGRESS', event);
  // Sent again, since the answer was lost: what was applied must not look rejected.
  if (isHolder(uow, result) && uow.state === end) return 'applied';
  const { attempt, token, processed, aggregated } = result;
  const error = event === 'fail' || event === 'cancel' ? oneLine(result.error) : null;
  // Fenced by what the worker shows, not by what the unit is at now.
  const report = reportOn(shared, { ...uow, attempt, token }, { event, processed, aggregated, error });
  const [verdict = 'rejected'] = await shared.store.report(result.owner, [report], shared.clock.now());
  void turnLoop.report([uow.id]);
  return verdict;
};

/** The part of the scheduler's interface that workers of other languages use. */
export const createWorkerApi = (entries: WorkerApiServices): ((signal: AbortSignal) => WorkerApi) => {
  const { shared } = entries;
  const { store } = shared;
  const output = createWorkerOutput(shared);
  const api: Omit<WorkerApi, 'take'> = {
    terms: (processName) => {
      const queue = workQueue(externalEntry(shared, processName));
      return { processName, queue, lease: shared.limits.lease };
    },
    claim: async (owner, ids) => {
      const uows = await store.uows(ids);
      for (const { processName } of uows) externalEntry(shared, processName);
      return claim(shared, owner, uows);
    },
    heartbeat: (owner, held) => heartbeat(entries, owner, held),
    log: async (fence, lines) => {
      if (!isHolder(await unitOf(store, fence.id), fence)) return 'rejected';
      return output.append(fence, lines);
    },
    progress: async (fence, progress) => {
      const uow = await unitOf(store, fence.id);
      if (!isHolder(uow, fence) || uow.state !== 'IN_PROGRESS') return 'rejected';
      await store.progress(fence.id, fence.token, progress);
      return 'applied';
    },
    complete: (result) => complete(entries, result),
  };
  return (signal) => ({ ...api, take: (wish) => take(shared, wish, signal) });
};
