import { failedDaemon } from '../../domain/model/failed-daemon.ts';
import { boxSpec } from '../../db/collections.ts';
import type { BoxRecord, UowRecord } from '../../domain/model/record.ts';
import { workerGap } from '../../domain/model/worker-gap.ts';
import { blockersOf, rootBlockers } from '../../domain/timetable/explain.ts';
import type { Circumstances } from '../../domain/timetable/explain.ts';
import { describeBlockers } from '../../domain/timetable/blocker-sentence.ts';
import { keyOf } from '../../domain/timetable/timetable.ts';
import type { Node } from '../../domain/timetable/timetable.ts';
import type { Explanation } from './api.ts';
import type { SchedulerContext } from '../context.ts';

/** Units read for an explanation; beyond them it names units without their error and lease. */
const MOST_UNITS = 2_000;
const MOST_ROOTS = 20;

const downOf = (
  { context }: SchedulerContext,
  boxes: readonly BoxRecord[],
): ReturnType<NonNullable<Circumstances['failedDaemon']>> => {
  const names = context.processes.filter(({ kind }) => kind === 'daemon').map(({ name }) => name);
  const failed = failedDaemon(names, boxes);
  if (failed === undefined) return undefined;
  const text = `daemon ${failed.unit} failed too often and stays down: ${failed.lastExit ?? 'no reason given'}`;
  return { text, command: 'synergy restart worker' };
};

/** Reads what explanations need beside the timetable. */
export const readCircumstances = async (shared: SchedulerContext): Promise<Circumstances> => {
  const ids = [...shared.timetable.levels.values()].flatMap((level) =>
    [...level.units.values()].map((unit) => unit.id),
  );
  const records = new Map<string, UowRecord>();
  for (const uow of await shared.store.uows(ids.slice(0, MOST_UNITS))) records.set(uow.id, uow);
  const watermarks = new Map<string, number | undefined>();
  for (const { process } of shared.timetable.levels.values()) {
    if (process.source !== undefined)
      watermarks.set(process.source, await shared.store.data.watermark(process.source));
  }
  const boxes = await shared.store.collection(boxSpec).list();
  const down = downOf(shared, boxes);
  const realNow = shared.clock.now();
  const now = shared.timetableClock.now();
  return {
    now,
    isOn: (name) => shared.entries.get(name)?.on ?? false,
    nextFire: (name) => shared.entries.get(name)?.schedule.next(now),
    uow: (id) => records.get(id),
    watermark: (source) => watermarks.get(source),
    failedDaemon: () => down,
    workerGap: (name) => {
      const level = shared.timetable.levels.get(name);
      return level && workerGap(level.process, boxes, realNow);
    },
  };
};

/** Why a node is not further, in words and in evidence. */
export const explainNode = (shared: SchedulerContext, node: Node, around: Circumstances): Explanation => {
  const state = node.level.state(node.index);
  const standing = node.level.standing(node.index);
  const blockers = blockersOf(shared.timetable, node, around);
  const roots = rootBlockers(shared.timetable, node, { ...around, limit: MOST_ROOTS });
  return { ...keyOf(node), state, standing, summary: describeBlockers(state, blockers), blockers, roots };
};
