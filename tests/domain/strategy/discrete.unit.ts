import assert from 'node:assert/strict';
import { discrete } from '../../../domain/strategy/discrete.ts';
import { brief, concluded, facts, idle, itDecides, refused } from './facts.ts';

// An EMBRYO has no unit of work; its cells after a finished one are there to show that it would not matter.
describe('discrete', () => {
  itDecides(discrete, [
    {
      given: 'period and lag over, everything it needs finished, tick',
      facts: {},
      then: {
        EMBRYO: idle('publish start'),
        IN_PROGRESS: { none: 'publish rerun', ...concluded },
        FINAL_RUN: concluded,
      },
    },
    {
      given: 'period and lag over, everything it needs finished, event',
      facts: { occasion: 'event' },
      then: {
        EMBRYO: idle('publish start'),
        IN_PROGRESS: { none: 'publish rerun', ...concluded },
        FINAL_RUN: concluded,
      },
    },
    {
      given: 'period over, start lag not, everything it needs finished',
      facts: { lagOver: false },
      then: { IN_PROGRESS: concluded, FINAL_RUN: concluded },
    },
    {
      given: 'period open',
      facts: { periodOver: false, lagOver: false },
      then: { FINAL_RUN: concluded },
    },
    {
      given: 'inputs unfinished but it may run, tick',
      facts: { finalizable: false },
      then: { EMBRYO: idle('publish start'), IN_PROGRESS: idle('publish rerun'), FINAL_RUN: concluded },
    },
    {
      given: 'inputs unfinished but it may run, event',
      facts: { finalizable: false, occasion: 'event' },
      then: {
        EMBRYO: idle('publish start'),
        IN_PROGRESS: idle('publish rerun', 'wait'),
        FINAL_RUN: concluded,
      },
    },
    {
      given: 'inputs unfinished and it may not run',
      facts: { finalizable: false, mayRun: 'no' },
      then: { FINAL_RUN: concluded },
    },
    {
      given: 'a dependency was skipped',
      facts: { mayRun: 'skip' },
      then: { EMBRYO: idle('finish skip'), IN_PROGRESS: idle('finish skip'), FINAL_RUN: concluded },
    },
    { given: 'the period lies in the future', facts: { future: true }, then: refused },
  ]);

  it('says why it refuses a job from the future', () => {
    assert.deepEqual(discrete(facts({ future: true })), {
      do: 'refuse',
      because: 'its period has not begun',
    });
  });

  it('runs an eager parent again while its children are open, and ends it with the first run after them', () => {
    const day = { state: 'IN_PROGRESS', uow: 'PROCESSED' } as const;
    assert.equal(brief(discrete(facts({ finalizable: false }))), 'publish start');
    assert.equal(brief(discrete(facts({ ...day, finalizable: false, occasion: 'event' }))), 'wait');
    assert.equal(brief(discrete(facts({ ...day, finalizable: false }))), 'publish rerun');
    assert.equal(brief(discrete(facts({ ...day, uow: 'IN_PROGRESS' }))), 'wait');
    assert.equal(brief(discrete(facts({ ...day, occasion: 'event' }))), 'finish complete');
  });

  it('finishes without a tick when the status message was lost and the store knows better', () => {
    const lost = facts({ state: 'IN_PROGRESS', uow: 'PROCESSED', occasion: 'event' });
    assert.deepEqual(discrete(lost), { do: 'finish', event: 'complete' });
  });
});
