import type { Clock } from '../domain/clock.ts';
import {
  commandSpec,
  expiredJobSpec,
  expiredJournalSpec,
  expiredSpec,
  factSpec,
  freerunSpec,
  managedSpec,
} from '../db/collections.ts';
import type { Evidence, AnsweredVerdict, Sighting } from '../domain/invariants/evidence.ts';
import { createInvariantChecker } from '../domain/invariants/checker.ts';
import { violationText } from '../domain/invariants/violation.ts';
import { runsBeside } from '../domain/freerun/overlap.ts';
import { isUowFinished, isUowHolding } from '../domain/machine/transition.ts';
import { endOf } from '../domain/retention/expirable.ts';
import { jobKeyText } from '../domain/model/entity.ts';
import type { UowRecord } from '../domain/model/record.ts';
import type { UowChange, Write, WriteGroup } from '../db/store.ts';
import type { Report } from '../domain/model/report.ts';
import { REGISTER_FACT, groupingsOf, registerOf } from '../scheduler/register.ts';
import type { OracleFinding } from './finding.ts';
import { divergences } from './follow.ts';
import { recordsIn, rowsIn } from './store/collection-rows.ts';
import type { Memory } from './store/memory.ts';
import { compare } from './store/reads.ts';
import { strayExecutions } from './trigger-oracle.ts';
import type { TriggerHistory } from './trigger-oracle.ts';
import type { Workload } from './workload.ts';

/** What was seen from outside of the store. */
export interface Witness {
  readonly acknowledged: { entity: string; version: number }[];
  readonly verdicts: AnsweredVerdict[];
  readonly sightings: Sighting[];
  /** When the user who canceled a unit under way heard that it was, ms. */
  readonly canceled: ReadonlyMap<string, number>;
  /** To be told of every answer that a process got. */
  readonly onAnswer: (what: string, parameters: readonly unknown[], answer: unknown) => void;
}

const versionsOf = ({ writes }: WriteGroup): { entity: string; version: number }[] =>
  writes.flatMap((write) => {
    if (write.kind === 'job') return [{ entity: jobKeyText(write), version: write.version + 1 }];
    if (write.kind === 'uow') return [{ entity: write.id, version: write.version + 1 }];
    return write.kind === 'uow-insert' ? [{ entity: write.uow.id, version: 1 }] : [];
  });

const isCanceled = (write: Write): write is UowChange =>
  write.kind === 'uow' && write.event === 'cancel' && write.from === 'IN_PROGRESS';

export const createWitness = (clock: Clock): Witness => {
  const acknowledged: Witness['acknowledged'] = [];
  const verdicts: AnsweredVerdict[] = [];
  const canceled = new Map<string, number>();
  return {
    acknowledged,
    verdicts,
    canceled,
    sightings: [],
    onAnswer: (what, parameters, answer) => {
      if (what === 'store.commit') {
        const groups = parameters[0] as readonly WriteGroup[];
        const outcomes = answer as readonly string[];
        groups.forEach((group, index) => {
          if (outcomes[index] !== 'applied') return;
          acknowledged.push(...versionsOf(group));
          for (const { id } of group.writes.filter(isCanceled)) canceled.set(id, clock.now());
        });
      }
      if (what === 'store.claim')
        for (const { id, version } of answer as readonly UowRecord[])
          acknowledged.push({ entity: id, version });
      if (what !== 'store.report') return;
      const reports = parameters[1] as readonly Report[];
      reports.forEach(({ id, attempt }, index) => {
        verdicts.push({
          id,
          attempt,
          verdict: (answer as readonly AnsweredVerdict['verdict'][])[index] ?? 'rejected',
        });
      });
    },
  };
};

export interface OracleOptions {
  readonly memory: Memory;
  readonly workload: Workload;
  readonly witness: Witness;
  readonly triggers: TriggerHistory;
  /** Whether something happened to a worker that may have cost it its leases. */
  readonly isExcused: (owner: string) => boolean;
  /** When which worker ended, ms. */
  readonly deaths: ReadonlyMap<string, number>;
}

/** How long what is due may take once nothing goes wrong any more: the lease, the collector's round, and the bound. */
const recoveryOf = ({ limits }: Workload): number => limits.lease + limits.sweepInterval + 30_000;

const evidenceOf = (
  { memory, workload, witness }: OracleOptions,
  now: number,
  soundSince: number | undefined,
): Evidence => ({
  situation: soundSince === undefined ? 'stopped' : 'done',
  now,
  limits: {
    maxCrashes: workload.limits.maxCrashes,
    resubmitAfter: workload.limits.resubmitAfter,
    recovery: recoveryOf(workload),
    // Simulated handlers end as soon as they are told.
    killGrace: 0,
  },
  context: workload.context,
  groupings: groupingsOf(
    registerOf(recordsIn(memory, factSpec).find(({ name }) => name === REGISTER_FACT)?.value),
  ),
  timetable: { start: workload.start, now },
  // What retention deleted may be asked for no more.
  acknowledged: witness.acknowledged.filter(({ entity }) => !memory.expired.has(entity)),
  verdicts: witness.verdicts.filter(({ id }) => !memory.expired.has(id)),
  sightings: witness.sightings,
  ...(soundSince === undefined ? {} : { movingSince: soundSince, processes: [] }),
});

const LOST = /lease lost by (\S+)/;

/** A lease is lost only by a worker that a fault struck. */
const causelessLosses = ({ memory, isExcused }: OracleOptions): OracleFinding[] =>
  memory.journal.flatMap(({ entityId, version, reason }): OracleFinding[] => {
    const owner = LOST.exec(reason ?? '')?.[1];
    if (owner === undefined || isExcused(owner)) return [];
    const text = `${entityId}: expected ${owner}, to whom nothing happened, to keep its lease, found it lost at version ${version}`;
    return [{ rule: 'lease lost without a cause', text, entities: [entityId, owner] }];
  });

/** What the dead asked for may still arrive, but not for long. */
const LAST_WORDS = 10_000;

const leasesOfTheDead = ({ memory, deaths, workload }: OracleOptions): OracleFinding[] =>
  [...memory.unfinished.values()].flatMap(({ uow: { id, lease } }): OracleFinding[] => {
    const end = (deaths.get(lease?.owner ?? '') ?? Infinity) + workload.limits.lease + LAST_WORDS;
    if (lease === null || lease.expiresAt <= end) return [];
    const text = `${id}: expected the lease of ${lease.owner}, who is dead, to end by ${end}, found ${lease.expiresAt}`;
    return [{ rule: 'lease of the dead', text, entities: [id, lease.owner] }];
  });

/** A worker hears of it by its next renewal; one that cannot renew ends its runs with their leases. */
const deafToCancel = ({ witness, workload: { limits } }: OracleOptions): OracleFinding[] =>
  witness.sightings.flatMap(({ id, at }): OracleFinding[] => {
    const end = (witness.canceled.get(id) ?? Infinity) + limits.lease;
    if (at <= end) return [];
    const text = `${id}: expected no sign of it after ${end}, a lease after it was canceled, found one at ${at}`;
    return [{ rule: 'deaf to cancel', text, entities: [id] }];
  });

/** Retention deletes what has ended long ago. */
const expiredTooSoon = ({ memory, workload }: OracleOptions): OracleFinding[] =>
  [...memory.expired.values()].flatMap(({ uow, at }): OracleFinding[] => {
    const { id, kind, state } = uow;
    const { uowTtl, historyTtl } = workload.limits.retention;
    const end = endOf(uow) + (kind === 'freerun' ? uowTtl : historyTtl);
    if (isUowFinished(state) && end < at) return [];
    const text = `${id}: expected it to stay until ${end} and to be finished, found it deleted at ${at}, ${state}`;
    return [{ rule: 'expired too soon', text, entities: [id] }];
  });

/** A timetable that follows the journal from nothing is what the records say. */
const lostOnTheWay = ({ memory, workload }: OracleOptions, now: number): OracleFinding[] => {
  const groupings = groupingsOf(
    registerOf(recordsIn(memory, factSpec).find(({ name }) => name === REGISTER_FACT)?.value),
  );
  return divergences(memory, workload, { now, groupings }).map(({ entity, recorded, followed }) => ({
    rule: 'journal makes the timetable',
    text: `${entity}: expected ${recorded}, as its record says, found ${followed} by the journal`,
    entities: [entity],
  }));
};

/** Units of an entry that may not overlap: one at a time waits for a worker or runs. */
const overlaps = ({ memory, workload }: OracleOptions): OracleFinding[] =>
  workload.context.processes.flatMap((process) => {
    if (process.kind !== 'freerun') return [];
    return process.entries.flatMap(({ name, overlap }): OracleFinding[] => {
      const holding = [...memory.unfinished.values()].flatMap(({ uow }) =>
        uow.entryName === name && isUowHolding(uow.state) ? [uow.id] : [],
      );
      if (runsBeside(overlap) || holding.length < 2) return [];
      const text = `${process.name} ${name}: expected one unit at a time, found ${holding.join(', ')}`;
      return [{ rule: 'no overlap of firings', text, entities: holding }];
    });
  });

/**
 * Judges what the store holds by all invariants of the ledger, and by what was seen outside of it. With `soundSince`
 * (ms), all work is said to be done. Null while something is half written, which only those at work can judge.
 */
export const judge = (options: OracleOptions, now: number, soundSince?: number): OracleFinding[] | null => {
  const { memory } = options;
  if (memory.pending.length > 0 && soundSince === undefined) return null;
  const checker = createInvariantChecker(evidenceOf(options, now, soundSince));
  for (const row of recordsIn(memory, factSpec)) checker.add('fact', row);
  for (const row of recordsIn(memory, expiredSpec)) checker.add('expired_history', row);
  for (const row of recordsIn(memory, expiredJobSpec)) checker.add('expired_job', row);
  for (const row of recordsIn(memory, expiredJournalSpec)) checker.add('expired_journal', row);
  for (const row of recordsIn(memory, managedSpec)) checker.add('managed_process', row);
  for (const row of memory.journal) checker.add('transition', row);
  for (const row of recordsIn(memory, freerunSpec)) checker.add('freerun_process', row);
  for (const { uow, epoch } of memory.units.values()) checker.add('unit_of_work', { ...uow, epoch });
  const jobs = [...memory.jobs.values()].sort(
    (a, b) => compare(a.processName, b.processName) || compare(a.timeperiod, b.timeperiod),
  );
  for (const row of jobs) checker.add('job', row);
  for (const row of memory.rejected) checker.add('rejected_report', row);
  for (const row of recordsIn(memory, commandSpec)) checker.add('command', row);
  const findings = checker.close().violations.map((violation): OracleFinding => ({
    rule: `${violation.invariant} ${violation.title}`,
    text: violationText(violation),
    entities: [violation.entity, ...violation.about],
  }));
  for (const find of [causelessLosses, leasesOfTheDead, deafToCancel, overlaps, expiredTooSoon])
    findings.push(...find(options));
  findings.push(...lostOnTheWay(options, now));
  findings.push(...strayExecutions(options, { now, isSound: soundSince !== undefined }));
  if (memory.pending.length > 0)
    findings.push({
      rule: 'half written',
      text: `${memory.pending.length} groups of writes were never finished`,
      entities: memory.pending.map(({ guard }) => guard),
    });
  return findings;
};

/** Nothing is under way any more, nor waits for anything but time. */
export const isIdle = (memory: Memory): boolean =>
  memory.unfinished.size === 0 &&
  memory.pending.length === 0 &&
  rowsIn(memory, commandSpec).every((row) => row['state'] !== 'open');
