import type { ProcessContext } from '../../domain/model/process.ts';

/** How much a context declares, in a line. */
export const contextCounts = ({ processes, trees, eventTriggers }: ProcessContext): string => {
  const counts = `processes: ${processes.length}, trees: ${trees.length}`;
  return eventTriggers === undefined ? counts : `${counts}, event triggers: ${eventTriggers.length}`;
};
