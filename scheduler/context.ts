import { SynergyError } from '../domain/errors.ts';
import type { Clock } from '../domain/clock.ts';
import type { ClusterView } from '../domain/cluster/member.ts';
import type { Logger } from '../domain/logger.ts';
import type { ProcessContext } from '../domain/model/process.ts';
import type { Seal } from '../domain/event/secret.ts';
import type { UowRecord } from '../domain/model/record.ts';
import type { UnitTracer } from '../domain/model/unit-trace.ts';
import type { RetentionDefaults } from '../domain/retention/rule.ts';
import type { Timetable } from '../domain/timetable/timetable.ts';
import type { Cause, Store } from '../db/store.ts';
import type { Queue } from '../mq/queue.ts';
import type { ManagedEntries } from './engine/managed-entries.ts';
import type { Measurements } from './measurements.ts';
import { createRetry } from '../lib/retry.ts';
import type { Retry } from '../lib/retry.ts';
import { startTiming } from '../lib/tally.ts';

/** Bounds of recovery; milliseconds where they are times. */
export interface Limits {
  /** Pause between two rounds of the collector. */
  readonly sweepInterval: number;
  /** A unit rung and not claimed for so long is rung again. */
  readonly resubmitAfter: number;
  /** An INVALID unit older than this is given up. */
  readonly lifeSupport: number;
  /** Leases lost in a row after which a unit is quarantined. */
  readonly maxCrashes: number;
  /** A claim or a heartbeat over the HTTP API holds a unit for so long. */
  readonly lease: number;
  /** Captured output is kept for so long. */
  readonly logTtl: number;
  /** A service of a box is forgotten when it said nothing for so long. */
  readonly boxTtl: number;
  /** Event triggers that one owner may have. */
  readonly eventTriggers: number;
  /** And how many firings a second they may have. */
  readonly eventFirings: number;
  /** For how long other history is kept. */
  readonly retention: RetentionDefaults;
}

/** How a scheduler stands with its store. */
export interface LeaderStatus {
  /** Whether jobs are driven and alarms set; otherwise commands are carried out and nothing more. */
  readonly isAtWork: () => boolean;
  /** What is written under, see `Store.beginEpoch`. */
  readonly epoch: () => number;
  /** How long ago, ms, what one that stands by knows was so; absent of any other. */
  readonly age?: () => number;
}

/** How ringing goes. */
export interface Bell {
  readonly retry: Retry;
  /** Whether rings were lost since the collector last looked. */
  hasLost: boolean;
}

/** To begin with, rings of the scheduler before may have died with it. */
export const createBell = (log: Logger): Bell => ({
  retry: createRetry('ring for units of work', log),
  hasLost: true,
});

/** What all parts of the scheduler share. */
export interface SchedulerContext {
  readonly leader: LeaderStatus;
  readonly context: ProcessContext;
  readonly timetable: Timetable;
  readonly entries: ManagedEntries;
  readonly store: Store;
  readonly queue: Queue;
  readonly bell: Bell;
  readonly measurements: Measurements;
  /** Real time: leases, retries, journal. */
  readonly clock: Clock;
  /** Time of the timetable and its triggers; `--as-of` shifts it. */
  readonly timetableClock: Clock;
  readonly limits: Limits;
  /** Seals secrets of event triggers before they are written down; without it none are taken. */
  readonly seal?: Seal | undefined;
  /** Who seems to be there; no members when absent. */
  readonly cluster?: () => ClusterView;
  /** Told of the life of units of work, if anyone wants to know. */
  readonly tracer?: UnitTracer | undefined;
  readonly log: Logger;
}

/** The cause to journal with a change the scheduler makes by itself. */
export const causeOf = (shared: SchedulerContext, actor: string, reason: string | null = null): Cause => ({
  actor,
  reason,
  at: shared.clock.now(),
  epoch: shared.leader.epoch(),
});

/** Of what is asked of a scheduler that has stopped. */
export const stopped = (): SynergyError =>
  new SynergyError('STOPPED', 'the scheduler has stopped: start it again');

/** A unit of work by its id. Throws NOT_FOUND. */
export const unitOf = async (store: Pick<Store, 'uows'>, id: string): Promise<UowRecord> => {
  const [uow] = await store.uows([id]);
  if (uow === undefined) throw new SynergyError('NOT_FOUND', `no unit of work is named '${id}'`);
  return uow;
};

/** Rings for units of work; never rejects. A ring that is lost is repeated by the collector: the store is the truth. */
export const ring = (
  { queue, bell, measurements }: SchedulerContext,
  name: string,
  ids: readonly string[],
): Promise<void> => {
  const seconds = startTiming();
  return queue.publish(name, ids).then(
    () => {
      measurements.rings.observe(seconds());
      bell.retry.over();
    },
    (error: unknown) => {
      bell.hasLost = true;
      bell.retry.failed(error);
    },
  );
};
