import type { Strategy } from './decision.ts';
import { commonRule, conclude, lackingInputs, run, waiting } from './common-rule.ts';

/**
 * One run per period, after its end and the start lag; the job finishes as that run ended. While children or
 * dependencies were unfinished, a run may have missed some of them: another one follows.
 */
export const discrete: Strategy = (facts) => {
  const settled = commonRule(facts);
  if (settled !== undefined) return settled;
  if (facts.uow !== undefined && facts.periodOver && facts.finalizable && facts.state === 'IN_PROGRESS')
    return conclude(facts.uow);
  if (!facts.lagOver) return waiting(facts.periodOver ? 'start-lag' : 'period-end', ...lackingInputs(facts));
  return run(facts, facts.state === 'EMBRYO' ? 'start' : 'rerun');
};
