import assert from 'node:assert/strict';
import { runCampaign } from '../../simulation/campaign.ts';
import { mutations } from './mutations.ts';

/** Always the same, so that what is found is. */
const FIRST_SEED = 1;
/** Steps that each bug is looked for, and that the simulation is sound for without. The rarest takes some 300,000. */
const BOUND = 1_000_000;
const SOUND = 200_000;

describe('bugs planted on purpose', function () {
  this.timeout(300_000);

  for (const [name, mutation] of Object.entries(mutations)) {
    it(`are found: ${name}`, async () => {
      const { failed, steps } = await runCampaign({ firstSeed: FIRST_SEED, totalSteps: BOUND, mutation });
      assert.ok(failed, `not found in ${steps} steps`);
      console.log(`      ${steps} steps: ${failed.findings[0]?.text}`);
    });
  }

  it('are not there without', async () => {
    const { failed, runs } = await runCampaign({ firstSeed: FIRST_SEED, totalSteps: SOUND });
    assert.deepEqual(failed?.findings, undefined);
    assert.ok(runs > 1);
  });
});
