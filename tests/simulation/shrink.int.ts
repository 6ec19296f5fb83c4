import assert from 'node:assert/strict';
import { explain } from '../../simulation/report.ts';
import { shrink } from '../../simulation/shrink.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { Run } from '../../simulation/simulate.ts';
import { mutations } from './mutations.ts';

describe('a run that fails', function () {
  this.timeout(120_000);
  // Shows in one way and without any fault, so that shrinking ends the same whichever run it is.
  const mutation = mutations['a report that was applied is said to be rejected'] ?? {};

  const failureWithFaults = async (): Promise<Run> => {
    for (let seed = 1_000; ; seed++) {
      const run = await simulate({ seed, mutation });
      if (run.findings.length > 0 && run.faults.length > 0) return run;
    }
  };

  it('is shrunk to the faults that it takes, failing in the same way, and explained', async () => {
    const failed = await failureWithFaults();
    const options = { seed: failed.seed, mutation };
    const small = await shrink(failed, options);
    assert.deepEqual(small.faults, []);
    const rules = new Set(failed.findings.map(({ rule }) => rule));
    assert.ok(small.findings.some(({ rule }) => rules.has(rule)));
    const text = await explain(failed, options);
    assert.match(
      text,
      new RegExp(
        `^seed ${failed.seed} failed at step ${failed.steps} with ${failed.faults.length} faults:$`,
        'm',
      ),
    );
    assert.match(text, /^the same with 0 faults, at step \d+:$/m);
    assert.match(text, new RegExp(`^replay: npm run simulate -- --seed ${failed.seed}$`, 'm'));
    const [, entity = '', lines = ''] = /^what became of ([^, ]+).*\n([^]*)^replay:/m.exec(text) ?? [];
    assert.ok(entity !== '' && lines.includes(entity), text);
  });
});
