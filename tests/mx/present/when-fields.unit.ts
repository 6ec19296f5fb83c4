import assert from 'node:assert/strict';
import {
  emptyInterval,
  intervalOf,
  settleWhen,
  sourceOf,
  whenOf,
  zoneChoices,
} from '../../../mx/present/event/when-fields.ts';
import type { WhenFields, WhenSource } from '../../../mx/present/event/when-fields.ts';

const settled = (schedule: string, changed: Partial<WhenFields>, source: WhenSource) =>
  settleWhen({ ...whenOf(schedule, '5m'), ...changed }, source);

describe('a schedule by fields', () => {
  for (const [text, fields] of [
    ['every 15m', { every: '15', unit: 'minutes' }],
    ['every 90s', { every: '90', unit: 'seconds' }],
    ['every 14d', { every: '2', unit: 'weeks' }],
    ['R/2027-01-31T10:00:00Z/P1M/ET1H', { every: '1', unit: 'months', start: '2027-01-31T10:00:00' }],
    [
      'R3/2027-01-01T00:00:00+02:00/P1Y',
      { every: '1', unit: 'years', start: '2027-01-01T00:00:00', zone: '+02:00', times: '4' },
    ],
    [
      'iso R/2027-01-01T00:00:00.5-03:30/PT36H',
      { every: '36', unit: 'hours', start: '2027-01-01T00:00:00.500', zone: '-03:30' },
    ],
    ['R/2027-01-01T00:00:00Z/P1M1DT1H', { unit: 'mixed', start: '2027-01-01T00:00:00' }],
  ] as const)
    it(`is that of the text ${text}`, () =>
      assert.deepEqual(intervalOf(text), { ...emptyInterval, ...fields }));

  for (const text of ['at 08:00', 'cron 0 8 * * *', 'every 500ms', 'R/2027-02-30T10:00:00Z/P1M', ''])
    it(`cannot be that of the text '${text}'`, () => assert.equal(intervalOf(text), undefined));
});

describe('a text and fields that say the same', () => {
  it('follow the fields', () => {
    for (const [before, changed, after] of [
      ['every 1h', { every: '2' }, 'every 2h'],
      ['every 1h', { unit: 'weeks' }, 'every 7d'],
      ['every 1h', { start: '2027-01-31T10:00' }, 'R/2027-01-31T10:00:00Z/PT1H'],
      ['R/2027-01-31T10:00:00Z/P1M/ET1H', { times: '4' }, 'R3/2027-01-31T10:00:00Z/P1M/ET1H'],
      ['R/2027-01-01T00:00:00Z/P1M1DT1H', { zone: '+02:00' }, 'R/2027-01-01T00:00:00+02:00/P1M1DT1H'],
      ['at 08:00', {}, 'at 08:00'],
      ['at 08:00', { every: '15', unit: 'minutes' }, 'every 15m'],
    ] as const)
      assert.equal(settled(before, changed, 'fields').when.schedule, after);
  });

  it('follow the text, with the epsilon that it says', () => {
    const { when } = settleWhen(
      { ...whenOf('every 1h', '5m'), schedule: 'R/2027-01-31T10:00:00Z/P1M/ET1H' },
      'schedule',
    );
    assert.deepEqual([when.every, when.unit, when.epsilon], ['1', 'months', '1h']);
    assert.equal(settleWhen({ ...when, schedule: 'at 08:00' }, 'schedule').when.every, '');
  });

  it('keep the fields while a text is not yet right', () => {
    assert.equal(settled('every 15m', { schedule: 'every 15' + 'x' }, 'schedule').when.every, '15');
  });

  it('follow the epsilon where the text says one', () => {
    const text = 'R/2027-01-31T10:00:00Z/P1M/ET1H';
    for (const [epsilon, after] of [
      ['2h', 'ET2H'],
      ['90s', 'ET90S'],
      ['2d', 'E2D'],
      ['soon', 'ET1H'],
      ['0s', 'ET1H'],
    ] as const)
      assert.equal(settled(text, { epsilon }, 'epsilon').when.schedule, text.replace('ET1H', after));
    assert.equal(settled('every 1h', { epsilon: '2h' }, 'epsilon').when.schedule, 'every 1h');
  });

  it('say which field is wrong', () => {
    for (const [changed, field] of [
      [{ every: '0' }, 'every'],
      [{ every: '', start: '2027-01-31T10:00' }, 'every'],
      [{ unit: 'months' }, 'start'],
      [{ times: '3' }, 'start'],
      [{ times: 'x' }, 'times'],
    ] as const)
      assert.deepEqual(Object.keys(settled('every 1h', changed, 'fields').problems), [field]);
  });

  it('tell which of them was changed on a page', () => {
    const shown = whenOf('R/2027-01-31T10:00:00Z/P1W/ET1H', '1h');
    assert.equal(sourceOf({ ...shown, start: '2027-01-31T10:00' }, shown.schedule), 'epsilon');
    assert.equal(sourceOf({ ...shown, every: '2' }, shown.schedule), 'fields');
    assert.equal(sourceOf({ ...shown, every: '2', schedule: 'every 1h' }, shown.schedule), 'schedule');
  });
});

describe('the clocks to choose from', () => {
  it('hold the one that is given', () => {
    assert.deepEqual(zoneChoices('+02:17')[1], ['+02:17', 'UTC+02:17']);
    assert.deepEqual(zoneChoices('+05:45')[0], ['Z', 'UTC']);
  });
});
