import type { Strategy } from './decision.ts';
import { conclude, commonRule, run, wait } from './common-rule.ts';

/**
 * One run per period, after its end and the start lag; the job finishes as that run ended. While children or
 * dependencies were unfinished, a run may have missed some of them: another one follows.
 */
export const discrete: Strategy = (facts) => {
  const settled = commonRule(facts);
  if (settled !== undefined) return settled;
  if (facts.state === 'EMBRYO') return facts.lagOver ? run(facts, 'start') : wait;
  if (facts.uow !== undefined && facts.periodOver && facts.finalizable) return conclude(facts.uow);
  return facts.lagOver ? run(facts, 'rerun') : wait;
};
