import assert from 'node:assert/strict';
import { EVENTS } from '../../domain/event/trigger.ts';
import { runCampaign } from '../../simulation/campaign.ts';
import type { Mutation } from '../../simulation/servers.ts';

/** Always the same, so that what is found is. */
const FIRST_SEED = 1;
const BOUND = 200_000;
const SOUND = 30_000;

/** Bugs planted on purpose, by what they do. */
const mutations: Readonly<Record<string, Mutation>> = {
  'an execution that has expired is not on record': {
    store: (server) => ({
      ...server,
      begin: (groups) => {
        const kept = groups.filter(
          ({ writes }) => !writes.some((w) => w.kind === 'uow' && w.event === 'empty'),
        );
        const { outcomes, finish } = server.begin(kept);
        const answers = [...outcomes];
        return {
          outcomes: groups.map((group) =>
            kept.includes(group) ? (answers.shift() ?? 'conflict') : 'applied',
          ),
          finish,
        };
      },
    }),
  },
  'an execution is begun as soon as it is claimed': {
    store: (server) => ({
      ...server,
      claim: (ids, claim) =>
        server
          .claim(ids, claim)
          .map((uow) => (uow.processName === EVENTS ? { ...uow, notBefore: null } : uow)),
    }),
  },
};

describe('simulation with event triggers', function () {
  this.timeout(300_000);
  const campaign = { firstSeed: FIRST_SEED, events: true };

  for (const [name, mutation] of Object.entries(mutations)) {
    it(`finds a bug planted on purpose: ${name}`, async () => {
      const { failed, steps } = await runCampaign({ ...campaign, totalSteps: BOUND, mutation });
      assert.ok(failed, `not found in ${steps} steps`);
      console.log(`      ${steps} steps: ${failed.findings[0]?.text}`);
    });
  }

  it('is sound without', async () => {
    const { failed } = await runCampaign({ ...campaign, totalSteps: SOUND });
    assert.deepEqual(failed?.findings, undefined);
  });
});
