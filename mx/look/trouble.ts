import { cast } from '../../domain/time/timeperiod.ts';
import { isCoarser } from '../../domain/time/qualifier.ts';
import type { UowRecord } from '../../domain/model/record.ts';
import type { NodeView, SchedulerApi, TreeSummary } from '../../scheduler/api.ts';

/** How many failed units of work lie below a node, its own not counted. */
export type TroubleBelow = (node: NodeView) => number;

/** Failed units looked at; with more than that, marks further down than the oldest may be missing. */
const MAX_FAILED = 500;

const keyOf = (processName: string, timeperiod: string): string => `${processName}/${timeperiod}`;

/** The jobs around a failed unit's own, up to the top of its tree. */
const above = (tree: TreeSummary, { processName, timeperiod }: UowRecord): string[] => {
  const own = tree.processes.find(({ name }) => name === processName);
  if (own === undefined) return [];
  return tree.processes
    .filter(({ qualifier }) => isCoarser(qualifier, own.qualifier))
    .map(({ name, qualifier }) => keyOf(name, cast(qualifier, timeperiod)));
};

/** Reads which units have failed, so that a year shows that one of its hours needs a look. */
export const readTrouble = async (
  api: SchedulerApi,
  trees: readonly TreeSummary[],
): Promise<TroubleBelow> => {
  const failed = await api.uows({ states: ['INVALID'], limit: MAX_FAILED });
  const counts = new Map<string, number>();
  for (const key of failed
    .filter(({ kind }) => kind === 'managed')
    .flatMap((uow) => trees.flatMap((tree) => above(tree, uow)))) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return ({ processName, timeperiod }) => counts.get(keyOf(processName, timeperiod)) ?? 0;
};
