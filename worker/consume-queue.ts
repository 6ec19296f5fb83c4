import type { WorkerStore } from '../db/store.ts';
import type { Logger } from '../domain/logger.ts';
import { givenBack } from '../domain/model/given-back.ts';
import type { FreerunProcess, ManagedProcess } from '../domain/model/process.ts';
import { workQueue } from '../domain/model/queue-name.ts';
import type { UowRecord } from '../domain/model/record.ts';
import { beginsAt } from '../domain/freerun/lead.ts';
import type { Report } from '../domain/model/report.ts';
import { endOfRun, runPolicy } from '../domain/strategy/end-of-run.ts';
import type { RunPolicy } from '../domain/strategy/end-of-run.ts';
import type { Consumer, Message, Queue } from '../mq/queue.ts';
import type { Claimed, HeldUows, Slots } from './leases/held-uows.ts';
import type { SentRound } from './leases/lease-board.ts';
import { createRetry } from '../lib/retry.ts';
import { sleep } from '../lib/sleep.ts';
import { failed, returned } from './reports/outcome.ts';
import type { Outcome } from './reports/outcome.ts';
import type { AfterReport, Reporter } from './reports/reporter.ts';
import { createRunTrace } from './run-trace.ts';
import { startUow } from './run-uow.ts';
import type { UowSurroundings } from './run-uow.ts';
import type { InstantRunner, LiveRunner, Runner } from './runners/runner.ts';

const MAX_BATCH = 1000;
const MAX_DELIVERIES = 20;
/** Milliseconds after which messages come back whose units could not be claimed. */
const CLAIM_RETRY = 5000;

/** What the loops of all processes of a host share. */
export interface ServeTools extends Omit<UowSurroundings, 'store' | 'timeLimit' | 'policy'> {
  readonly store: WorkerStore;
  readonly queue: Queue;
  readonly logger: Logger;
  /** Unique to this start of this host: leases are kept and ended by it. */
  readonly owner: string;
  /** A unit of a handler with so many crashes in a row is set aside. */
  readonly maxCrashes: number;
  readonly held: HeldUows;
  readonly reporter: Reporter;
  /** Takes what gives back a unit whose run goes on for as long as this process does. */
  readonly leaveBehind: (giveBack: () => void) => void;
  /** Aborted when no more units are to be taken. */
  readonly stopping: AbortSignal;
}

type ServedEntry = ManagedProcess | FreerunProcess;

/** Claims what messages ring for. A claim not won is a duplicate, no failure. */
const createClaimer =
  (consumer: Consumer, slots: Slots, { store, owner, clock, timings }: ServeTools) =>
  async (messages: readonly Message[]): Promise<Claimed> => {
    const ids = messages.map(({ body }) => body);
    try {
      return await slots.hold(ids, () => {
        const now = clock.now();
        return store.claim(ids, { owner, expiresAt: now + timings.lease, now });
      });
    } catch (error) {
      // A queue without a visibility time-out would otherwise keep them for as long as this consumer lives.
      await consumer.nack(messages, CLAIM_RETRY).catch(() => undefined);
      throw error;
    }
  };

const isDue = (units: readonly UowRecord[], now: number): boolean =>
  units.every((uow) => beginsAt(uow, now) === now);

/** An instant runner for units that wait for their instant. */
const patient = (runner: InstantRunner): LiveRunner => ({
  instant: false,
  logBytes: 0,
  run: ({ uow }) => Promise.resolve(runner.run(uow?.attempt ?? 0)),
});

/** Hands the outcomes of units to the reporter. */
const createFiling = (entry: ServedEntry, slots: Slots, policy: RunPolicy, tools: ServeTools) => {
  const { clock, reporter } = tools;
  const trace = createRunTrace(tools.tracer, clock);
  const then: AfterReport = {
    queue: workQueue(entry),
    answered: (id, verdict) => {
      slots.answered(id);
      trace.answered(id, verdict);
    },
  };
  const file = (units: readonly UowRecord[], outcomeOf: (uow: UowRecord) => Outcome): void => {
    const now = clock.now();
    slots.ended(units.length);
    const reportOf = (uow: UowRecord): Report => {
      const outcome = outcomeOf(uow);
      trace.ended(uow, outcome);
      return endOfRun(uow, outcome, policy, { now, random: Math.random() });
    };
    reporter.add(units.map(reportOf), then);
  };
  return { file, claimed: trace.claimed };
};

/** Runs claimed units and hands their outcomes to the reporter, those of instant runners all at once. */
const createStarter = (entry: ServedEntry, runner: Runner, tools: ServeTools) => {
  const { clock, logger, held, maxCrashes, leaveBehind, stopping } = tools;
  const slots = held.slots(entry.concurrency, stopping);
  const live = runner.instant ? patient(runner) : runner;
  const policy = runPolicy(entry, maxCrashes);
  const surroundings = { ...tools, timeLimit: entry.timeLimit, policy };
  const { file, claimed } = createFiling(entry, slots, policy, tools);
  const startLive = (uow: UowRecord, claim: SentRound): void => {
    const run = startUow(uow, live, surroundings, () => held.left(claim) > 0);
    held.started(run, claim);
    void run.outcome.then((outcome) => {
      if (outcome) file([uow], () => outcome);
      else leaveBehind(() => file([uow], () => returned));
    });
  };
  const start = ({ units, claim }: Claimed): void => {
    claimed(units);
    // This process stood still meanwhile, or was kept waiting: another worker may have them by now.
    if (units.length > 0 && held.left(claim) <= 0) {
      logger.warn('units are given back whose lease ended before they began', { units: units.length });
      return file(units, () => ({ ...returned, error: givenBack }));
    }
    const strays = units.filter(({ processName }) => processName !== entry.name);
    const own = strays.length === 0 ? units : units.filter(({ processName }) => processName === entry.name);
    if (strays.length > 0)
      file(strays, () => ({ ...failed(`was rung on the queue of ${entry.name}`), retryNow: true }));
    if (runner.instant && isDue(own, clock.now())) file(own, ({ attempt }) => runner.run(attempt));
    else for (const uow of own) startLive(uow, claim);
  };
  return { slots, start };
};

/** Takes, claims and runs the units of one process until the host is stopping. Never rejects. */
export const consumeQueue = async (entry: ServedEntry, runner: Runner, tools: ServeTools): Promise<void> => {
  const { queue, timings, stopping, logger } = tools;
  const name = workQueue(entry);
  const retry = createRetry(`serve ${entry.name}`, logger);
  const { slots, start } = createStarter(entry, runner, tools);
  const consumer = queue.consume(name, {
    visibilityTimeout: timings.visibility,
    maxDeliveries: MAX_DELIVERIES,
    prefetch: 2 * Math.min(entry.concurrency, MAX_BATCH),
  });
  const claim = createClaimer(consumer, slots, tools);
  let acknowledged = Promise.resolve();

  const round = async (): Promise<void> => {
    await slots.room();
    if (stopping.aborted) return;
    const messages = await consumer.take(Math.min(slots.free(), MAX_BATCH), stopping);
    if (messages.length === 0) return;
    const claimed = await claim(messages);
    await acknowledged;
    // Not waited for: what is not acknowledged is delivered again, and its claim then fails.
    acknowledged = consumer.ack(messages).catch((error: unknown) => sleep(retry.failed(error), stopping));
    start(claimed);
  };

  while (!stopping.aborted) {
    try {
      await round();
      retry.over();
    } catch (error) {
      await sleep(retry.failed(error), stopping);
    }
  }
  await acknowledged;
  await consumer
    .close()
    .catch((error: unknown) => logger.warn(`cannot close ${name}`, { error: String(error) }));
};
