import { isJobActive } from '../machine/transition.ts';
import { continuous } from './continuous.ts';
import type { Decision, JobFacts, SourceExtent, Strategy } from './decision.ts';
import { waiting } from './common-rule.ts';

/** Looks at an empty source that are counted; the next one skips the job. */
const MAX_EMPTY_LOOKS = 3;

/**
 * As continuous, but every unit of work covers the source rows of the period by their ids, so the source is
 * asked first. The final run waits until the source is complete, and a unit that no worker holds is widened
 * instead of being replaced.
 */
export const recomputing: Strategy = (facts, extent) => {
  const isOpen = facts.periodOver && extent?.complete === false;
  const decision = continuous({ ...facts, periodOver: facts.periodOver && !isOpen });
  const answer =
    decision.do === 'publish' && extent !== undefined ? cover(facts, decision, extent) : decision;
  if (answer.do === 'publish') return extent === undefined ? askSource : answer;
  if (answer.do !== 'wait') return answer;
  if (isRefreshable(facts)) return extent === undefined ? askSource : refresh(facts.endId, extent.highest);
  return isOpen && facts.state !== 'FINAL_RUN' ? waiting('source', ...answer.for) : answer;
};

const askSource: Decision = { do: 'ask-source' };

type Publish = Extract<Decision, { do: 'publish' }>;

const cover = (facts: JobFacts, publish: Publish, { lowest, highest }: SourceExtent): Decision => {
  if (lowest !== undefined && highest !== undefined) {
    return { ...publish, range: { startId: lowest, endId: highest } };
  }
  return publish.event === 'finalize' ? endEmpty(facts) : waiting();
};

const refresh = (endId: number | undefined, highest: number | undefined): Decision =>
  highest !== undefined && (endId === undefined || highest > endId)
    ? { do: 'refresh', endId: highest }
    : waiting('unit');

const isRefreshable = ({ state, uow, occasion }: JobFacts): boolean =>
  isJobActive(state) && (uow === 'REQUESTED' || uow === 'INVALID') && occasion === 'tick';

/** The period is over and its source is complete, without a row. */
const endEmpty = (facts: JobFacts): Decision => {
  if (facts.emptySource === 'noop') return { do: 'finish', event: 'empty' };
  if (facts.failures >= MAX_EMPTY_LOOKS) return { do: 'finish', event: 'skip' };
  return facts.occasion === 'tick' ? { do: 'count-failure' } : waiting();
};
