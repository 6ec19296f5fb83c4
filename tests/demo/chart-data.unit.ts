import assert from 'node:assert/strict';
import { seriesOf } from '../../demo/chart-data.ts';

const total = (timeperiod: string, requests: number) => ({
  timeperiod,
  requests,
  bytes: requests * 10,
  visitors: 1,
  statuses: {},
});

describe('a series', () => {
  it('has a point for every period from the first to the last, 0 where nothing was asked for', () => {
    assert.deepEqual(seriesOf('hourly', [total('2015051723', 5), total('2015051802', 7)]), {
      at: [23, 24, 25, 26].map((hour) => Date.parse('2015-05-17T00:00:00Z') / 1000 + hour * 3600),
      requests: [5, 0, 0, 7],
      bytes: [50, 0, 0, 70],
      visitors: [1, 0, 0, 1],
    });
    assert.deepEqual(seriesOf('monthly', [total('2015120000', 1), total('2016010000', 2)]).requests, [1, 2]);
  });

  it('is empty without totals', () => {
    assert.deepEqual(seriesOf('daily', []), { at: [], requests: [], bytes: [], visitors: [] });
  });
});
