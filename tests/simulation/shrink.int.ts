import assert from 'node:assert/strict';
import { explain } from '../../simulation/report.ts';
import { shrink } from '../../simulation/shrink.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { Run } from '../../simulation/simulate.ts';
import { mutations } from './mutations.ts';

describe('a run that fails', function () {
  this.timeout(120_000);
  const mutation = mutations['what a crash left half written is never repaired'] ?? {};

  const firstFailure = async (): Promise<Run> => {
    for (let seed = 1_000; ; seed++) {
      const run = await simulate({ seed, mutation });
      if (run.findings.length > 0 && run.faults.length > 3) return run;
    }
  };

  it('is shrunk to fewer faults that fail in the same way, and explained', async () => {
    const failed = await firstFailure();
    const options = { seed: failed.seed, mutation };
    const small = await shrink(failed, options);
    assert.ok(small.faults.length < failed.faults.length);
    const rules = new Set(failed.findings.map(({ rule }) => rule));
    assert.ok(small.findings.some(({ rule }) => rules.has(rule)));
    const text = await explain(failed, options);
    assert.match(text, new RegExp(`^seed ${String(failed.seed)} failed at step ${String(failed.steps)}`));
    assert.match(text, /the same with \d+ faults, at step \d+:/);
    assert.match(text, new RegExp(`npm run simulate -- --seed ${String(failed.seed)}`));
    assert.ok(text.includes(small.findings[0]?.entities[0] ?? ''));
  });
});
