import type { JobKey } from '../../domain/model/record.ts';
import type { Qualifier } from '../../domain/time/qualifier.ts';
import type { NodeView, TreeSummary } from '../../scheduler/api/api.ts';
import { jobPath } from './link.ts';
import { tileLook } from './state-look.ts';
import type { StateLook } from './state-look.ts';
import { periodText } from './time-text.ts';

/** Qualifiers by process name: a timeperiod cannot be written out without one. */
export type Qualifiers = ReadonlyMap<string, Qualifier>;

export const qualifiersOf = (trees: readonly TreeSummary[]): Qualifiers =>
  new Map(
    trees.flatMap(({ processes }) => processes.map(({ name, qualifier }) => [name, qualifier] as const)),
  );

/** A chip of a job of which only key and look are known. A process that left the context is shown with its bare digits. */
export const jobChip = (key: JobKey, look: StateLook, qualifiers: Qualifiers) => {
  const qualifier = qualifiers.get(key.processName);
  const period = qualifier === undefined ? key.timeperiod : periodText(qualifier, key.timeperiod);
  return { href: jobPath(key), name: key.processName, period, look };
};

export const nodeChip = (node: NodeView) => ({
  href: jobPath(node),
  name: node.processName,
  period: periodText(node.qualifier, node.timeperiod),
  look: tileLook(node),
});

/** A job in passing: glyph, process, period, and the way to its page. */
export type JobChip = ReturnType<typeof nodeChip>;
