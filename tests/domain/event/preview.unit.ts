import assert from 'node:assert/strict';

import { previewTrigger } from '../../../domain/event/preview.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const MINUTE = 60_000;

describe('the preview of an event trigger', () => {
  it('says what its schedule means, from now on', () => {
    const preview = previewTrigger({ schedule: '  every   1h ' }, NOW);
    assert.deepEqual(preview, {
      ...{ schedule: 'every 1h', epsilon: 5 * MINUTE, warnings: [] },
      words: 'Every hour. Each delivery may begin up to 5 minutes late.',
      next: Array.from({ length: 10 }, (_, i) => NOW + (i + 1) * 60 * MINUTE),
    });
  });

  it('takes the epsilon of the schedule, or beside it, and an instant and a count', () => {
    const schedule = 'R/2027-01-01T00:00:00Z/P1D/ET1M';
    assert.equal(previewTrigger({ schedule }, NOW).epsilon, MINUTE);
    assert.equal(previewTrigger({ schedule, epsilon: MINUTE }, NOW).epsilon, MINUTE);
    const { epsilon, next } = previewTrigger({ schedule: 'every 1h', epsilon: 1000, count: 1, from: 0 }, NOW);
    assert.deepEqual([epsilon, next], [1000, [60 * MINUTE]]);
  });

  it('refuses what a trigger would be refused for', () => {
    const refused = (given: Parameters<typeof previewTrigger>[0], code: string): void =>
      assert.throws(() => previewTrigger(given, NOW), { code });
    refused({ schedule: 'hourly' }, 'INVALID_SCHEDULE');
    refused({ schedule: 'every 1h', epsilon: 0.5 }, 'INVALID_ARGUMENT');
    refused({ schedule: 'R/2027-01-01T00:00:00Z/P1D/ET1M', epsilon: 1000 }, 'INVALID_ARGUMENT');
  });
});
