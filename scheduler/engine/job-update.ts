import { nextJobState, nextUowState } from '../../domain/machine/transition.ts';
import type { JobEvent } from '../../domain/machine/job-machine.ts';
import type { UowEvent } from '../../domain/machine/uow-machine.ts';
import type { JsonObject } from '../../domain/model/process.ts';
import { workQueue } from '../../domain/model/queue-name.ts';
import { jobKeyText, jobUowId, freshUow } from '../../domain/model/entity.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import type { SourceRange } from '../../domain/strategy/decision.ts';
import type { JobMove } from '../../domain/timetable/apply-transition.ts';
import type { Level, Range } from '../../domain/timetable/level.ts';
import { inputsOf } from '../../domain/timetable/link.ts';
import { coveredPeriods, keyOf } from '../../domain/timetable/timetable.ts';
import type { Node, Timetable } from '../../domain/timetable/timetable.ts';
import type { Cause, JobChange, UowChange, Write, WriteGroup } from '../../db/store.ts';

/** One decided change of a job: what to write, and how the job moves once it is written. */
export interface JobUpdate {
  readonly node: Node;
  readonly group: WriteGroup;
  readonly move: JobMove;
  /** The unit of work that is published with it, to be rung for. */
  readonly published?: UowRecord;
}

const moveOf = ({ version, event, to }: JobChange, { at, actor }: Cause): JobMove => ({
  ...{ event, to, at, actor },
  version: version + 1,
});

/** Units to ring for, by queue. */
export const ringsOf = (steps: readonly JobUpdate[]): ReadonlyMap<string, readonly string[]> => {
  const rings = new Map<string, string[]>();
  for (const { published, node } of steps) {
    if (published === undefined) continue;
    const queue = workQueue(node.level.process);
    const ids = rings.get(queue);
    if (ids === undefined) rings.set(queue, [published.id]);
    else ids.push(published.id);
  }
  return rings;
};

const jobChange = (node: Node, event: JobEvent, set: JobChange['set']): JobChange => {
  const { level, index } = node;
  const key = keyOf(node);
  const from = level.state(index);
  const to = nextJobState(jobKeyText(key), from, event, level.uowCount(index) > 0);
  return { kind: 'job', ...key, from, version: level.version(index), event, to, set };
};

/**
 * Versions of the children and dependencies a run consumes, by `process/timeperiod` of the job that covers them, which is at
 * version 0 while it does not exist; null without inputs.
 */
const consumedVersions = (timetable: Timetable, node: Node): Record<string, number> | null => {
  const { level, index } = node;
  const consumed: Record<string, number> = {};
  const add = (input: Level, range: Range): void => {
    for (let i = Math.max(0, range.from); i < Math.min(range.to, input.size); i++) {
      const label = input.labelOf(i);
      consumed[jobKeyText(keyOf({ level: input, index: label }))] = input.version(label);
    }
  };
  if (level.child !== undefined) add(level.child, level.coveredChildren(index));
  for (const link of timetable.inputs.get(level.process.name) ?? [])
    for (const period of coveredPeriods(node)) add(link.input, inputsOf(link, period));
  return Object.keys(consumed).length === 0 ? null : consumed;
};

/** A unit of work for the next run of a job; its id tells the run. */
const newUnit = (node: Node, order: Order): UowRecord => {
  const { level, index } = node;
  const { process } = level;
  const { processName, timeperiod } = keyOf(node);
  const { start, end } = level.spanOf(index);
  const sequence = level.uowCount(index) + 1;
  const { at } = order.cause;
  return {
    id: jobUowId({ processName, timeperiod }, sequence),
    kind: 'managed',
    processName,
    entryName: null,
    timeperiod,
    sequence,
    startTimeperiod: start,
    endTimeperiod: end,
    startId: order.range?.startId ?? null,
    endId: order.range?.endId ?? null,
    source: process.source ?? null,
    sink: process.sink ?? null,
    arguments: order.arguments,
    createdAt: at,
    submittedAt: at,
    notBefore: null,
    ...freshUow,
  };
};

/** Circumstances of a publication. */
export interface Order {
  readonly cause: Cause;
  readonly arguments: JsonObject;
  readonly range: SourceRange | undefined;
}

/** Publishes the next unit of work of a job: the job and its unit change together. */
export const publishUpdate = (
  timetable: Timetable,
  node: Node,
  event: 'start' | 'finalize' | 'rerun',
  order: Order,
): JobUpdate => {
  const uow = newUnit(node, order);
  const change = jobChange(node, event, {
    relatedUow: uow.id,
    uowCount: uow.sequence,
    consumed: consumedVersions(timetable, node),
  });
  return {
    node,
    group: { cause: order.cause, writes: [change, { kind: 'uow-insert', uow }] },
    move: moveOf(change, order.cause),
    published: uow,
  };
};

/** Finishes a job. */
export const finishUpdate = (node: Node, event: 'complete' | 'empty' | 'skip', cause: Cause): JobUpdate => {
  const change = jobChange(node, event, node.level.redo(node.index) ? { redo: false } : {});
  return { node, group: { cause, writes: [change] }, move: moveOf(change, cause) };
};

/** One job of a cascade, with the cancellation of its unfinished unit of work. */
export const cascadeUpdate = (
  node: Node,
  event: 'reprocess' | 'skip',
  cancel: UowRecord | undefined,
  cause: Cause,
): JobUpdate => {
  const set = event === 'reprocess' ? { relatedUow: null, failures: 0, redo: true } : { redo: false };
  const change = jobChange(node, event, set);
  const writes: Write[] = cancel === undefined ? [change] : [change, cancellation(cancel, cause)];
  return { node, group: { cause, writes }, move: moveOf(change, cause) };
};

/** A change of a unit of work, after which no worker holds it and no retry waits. Throws ILLEGAL_TRANSITION. */
export const uowChange = (uow: UowRecord, event: UowEvent, set: UowChange['set']): UowChange => {
  const { id, state: from, version } = uow;
  const to = nextUowState(id, from, event);
  return { kind: 'uow', id, from, version, event, to, set: { lease: null, retryAt: null, ...set } };
};

/** Cancels an unfinished unit of work. */
export const cancellation = (uow: UowRecord, cause: Cause): UowChange =>
  uowChange(uow, 'cancel', { finishedAt: cause.at, error: cause.reason });
