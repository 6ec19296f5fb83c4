import { isJobActive } from '../machine/transition.ts';
import { continuous } from './continuous.ts';
import type { Decision, JobFacts, SourceExtent, Strategy } from './decision.ts';
import { wait } from './common-rule.ts';

/** Looks at an empty source that are counted; the next one skips the job. */
const MAX_EMPTY_LOOKS = 3;

/**
 * As continuous, but every unit of work covers the source rows of the period by their ids, so the source is
 * asked first. The final run waits until the source is complete, and a unit that no worker holds is widened
 * instead of being replaced.
 */
export const recomputing: Strategy = (facts, extent) => {
  const periodOver = facts.periodOver && extent?.complete !== false;
  const decision = continuous({ ...facts, periodOver });
  if (decision.do === 'publish') return extent === undefined ? askSource : cover(facts, decision, extent);
  if (decision.do === 'wait' && isRefreshable(facts)) {
    return extent === undefined ? askSource : refresh(facts.endId, extent.highest);
  }
  return decision;
};

const askSource: Decision = { do: 'ask-source' };

type Publish = Extract<Decision, { do: 'publish' }>;

const cover = (facts: JobFacts, publish: Publish, { lowest, highest }: SourceExtent): Decision => {
  if (lowest !== undefined && highest !== undefined) {
    return { ...publish, range: { startId: lowest, endId: highest } };
  }
  return publish.event === 'finalize' ? endEmpty(facts) : wait;
};

const refresh = (endId: number | undefined, highest: number | undefined): Decision =>
  highest !== undefined && (endId === undefined || highest > endId)
    ? { do: 'refresh', endId: highest }
    : wait;

const isRefreshable = ({ state, uow, occasion }: JobFacts): boolean =>
  isJobActive(state) && (uow === 'REQUESTED' || uow === 'INVALID') && occasion === 'tick';

/** The period is over and its source is complete, without a row. */
const endEmpty = (facts: JobFacts): Decision => {
  if (facts.emptySource === 'noop') return { do: 'finish', event: 'empty' };
  if (facts.failures >= MAX_EMPTY_LOOKS) return { do: 'finish', event: 'skip' };
  return facts.occasion === 'tick' ? { do: 'count-failure' } : wait;
};
