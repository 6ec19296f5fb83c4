import assert from 'node:assert/strict';
import { findAlerts } from '../../demo/alert.ts';
import type { PeriodTotal } from '../../demo/site.ts';

const limits = { errorShare: 0.1, errorRequests: 20, trafficFactor: 2 };
const hour = (timeperiod: string, requests: number, failed: Record<string, number> = {}): PeriodTotal => ({
  timeperiod,
  requests,
  bytes: 0,
  visitors: 1,
  statuses: { '2xx': requests, ...failed },
});

describe('alerts', () => {
  it('are none on a day like any other, or without hours', () => {
    const quiet = [hour('2015051700', 100, { '4xx': 10 }), hour('2015051701', 200), hour('2015051702', 50)];
    assert.deepEqual(findAlerts(quiet, limits), []);
    assert.deepEqual(findAlerts([], limits), []);
  });

  it('tell hours with many errors, client and server errors together', () => {
    const hours = [hour('2015051700', 100, { '4xx': 6, '5xx': 5 }), hour('2015051701', 100)];
    assert.deepEqual(findAlerts(hours, limits), [
      { timeperiod: '2015051700', kind: 'errors', value: 0.11, limit: 0.1 },
    ]);
  });

  it('tell no errors of an hour with hardly a request', () => {
    const hours = [hour('2015051700', 19, { '5xx': 19 }), hour('2015051701', 20, { '5xx': 20 })];
    assert.deepEqual(
      findAlerts(hours, limits).map(({ timeperiod }) => timeperiod),
      ['2015051701'],
    );
  });

  it('tell hours with far more requests than the median hour of the day', () => {
    const hours = [hour('2015051700', 100), hour('2015051701', 201), hour('2015051702', 90)];
    assert.deepEqual(findAlerts(hours, limits), [
      { timeperiod: '2015051701', kind: 'traffic', value: 201, limit: 200 },
    ]);
  });
});
