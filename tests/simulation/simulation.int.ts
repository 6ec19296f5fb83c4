import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { runCampaign } from '../../simulation/campaign.ts';
import { explain } from '../../simulation/report.ts';
import { simulate } from '../../simulation/simulate.ts';
import type { Run } from '../../simulation/simulate.ts';

interface KnownSeed {
  readonly seed: number;
  /** What it once found. */
  readonly was: string;
}

const knownSeeds = JSON.parse(
  readFileSync(new URL('seeds.json', import.meta.url), 'utf8'),
) as readonly KnownSeed[];

const assertSound = async (run: Run): Promise<void> => {
  if (run.findings.length > 0) assert.fail(await explain(run, { seed: run.seed }));
};

describe('simulation', function () {
  this.timeout(600_000);

  for (const { seed, was } of knownSeeds) {
    it(`seed ${seed} is sound, in which ${was}`, async () => assertSound(await simulate({ seed })));
  }

  it('goes the same way twice by the same seed, and another way by another', async () => {
    const runs = [await simulate({ seed: 7 }), await simulate({ seed: 7 }), await simulate({ seed: 8 })];
    const [first, second, other] = runs.map(({ steps, digest, passed }) => ({ steps, digest, passed }));
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, other);
  });

  it('goes the same way by the plan of what went wrong', async () => {
    const run = await simulate({ seed: 9 });
    assert.ok(run.faults.length > 0);
    assert.equal((await simulate({ seed: 9, plan: run.faults })).digest, run.digest);
  });

  it('goes the same way however often one looks, and whether or not a trace is kept', async () => {
    const run = await simulate({ seed: 10 });
    let lines = 0;
    const watched = await simulate({ seed: 10, look: 100, onTrace: () => lines++ });
    assert.equal(watched.digest, run.digest);
    assert.ok(lines >= run.steps);
  });

  it('finds nothing wrong in many runs', async () => {
    const totalSteps = Number(process.env['SYNERGY_SIMULATION_STEPS'] ?? 1_000_000);
    const drawn = Math.floor(Math.random() * 2 ** 32);
    const firstSeed = Number(process.env['SYNERGY_SIMULATION_SEED'] ?? drawn);
    console.log(`      first seed ${firstSeed}`);
    const { failed, runs, steps } = await runCampaign({ firstSeed, totalSteps });
    console.log(`      ${runs} runs, ${steps} steps`);
    if (failed !== undefined) await assertSound(failed);
  });
});
