import assert from 'node:assert/strict';
import { factSpec } from '../../db/collections.ts';
import { EVENTS } from '../../domain/event/trigger.ts';
import { EventPlanner, SEEN_UNTIL } from '../../scheduler/events/planner.ts';
import { runCampaign } from '../../simulation/campaign.ts';
import type { Mutation } from '../../simulation/servers.ts';

/** Always the same, so that what is found is. */
const FIRST_SEED = 5012;
const BOUND = 1_000_000;
const SOUND = 30_000;
/** ms */
const AHEAD = 120_000;

type Method = 'settle' | 'put' | 'drop';

/** The planner leaves a method out. */
const without = (name: Method) => (): (() => void) => {
  const original = Object.getOwnPropertyDescriptor(EventPlanner.prototype, name) as PropertyDescriptor;
  Object.defineProperty(EventPlanner.prototype, name, { ...original, value: () => Promise.resolve() });
  return () => Object.defineProperty(EventPlanner.prototype, name, original);
};

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
  'a trigger is changed before all has its execution that was due': { patch: without('settle') },
  'the planner is not told of changes': { patch: without('put') },
  'the planner is not told of triggers that were deleted': { patch: without('drop') },
  'firings count as seen to before they are due': {
    store: (server) => ({
      ...server,
      rowsOf: (spec) => {
        const rows = server.rowsOf(spec);
        if (spec.name !== factSpec.name) return rows;
        return {
          ...rows,
          put: (row) => {
            const ahead = row['name'] === SEEN_UNTIL ? { value: String(Number(row['value']) + AHEAD) } : {};
            rows.put({ ...row, ...ahead });
          },
        };
      },
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
