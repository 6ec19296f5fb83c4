import type { Strategy } from './decision.ts';
import { commonRule, run } from './common-rule.ts';

/** Runs again and again while the period is live, and once more, the final run, when nothing can change any more. */
export const continuous: Strategy = (facts) => {
  const settled = commonRule(facts);
  if (settled !== undefined) return settled;
  if (facts.periodOver && facts.finalizable) return run(facts, 'finalize');
  return run(facts, facts.state === 'EMBRYO' ? 'start' : 'rerun');
};
