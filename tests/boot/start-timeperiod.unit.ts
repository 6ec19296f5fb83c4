import assert from 'node:assert/strict';
import { keepStartTimeperiod, startTimeperiod } from '../../boot/start-timeperiod.ts';
import { memoryCollections } from '../support/collections.ts';

const noon = Date.parse('2026-03-01T12:34:56Z');

const none = { startTimeperiod: undefined, until: undefined };

describe('the first hour of the timetable', () => {
  it('is the first of yesterday unless something else is asked for', async () => {
    assert.equal(await startTimeperiod(memoryCollections(), none, noon), '2026022800');
    assert.equal(
      await startTimeperiod(memoryCollections(), { ...none, startTimeperiod: '2015051707' }, noon),
      '2015051707',
    );
  });

  it('stays what it was when nothing is asked for', async () => {
    const kept = memoryCollections();
    await keepStartTimeperiod(kept, '2015051707');
    assert.equal(await startTimeperiod(kept, none, noon), '2015051707');
  });

  it('may become earlier, never later', async () => {
    const kept = memoryCollections();
    await keepStartTimeperiod(kept, '2015051707');
    assert.equal(await startTimeperiod(kept, { ...none, startTimeperiod: '2015051706' }, noon), '2015051706');
    await assert.rejects(
      startTimeperiod(kept, { ...none, startTimeperiod: '2015051708' }, noon),
      /begun with 2015051707, given 2015051708/,
    );
  });

  it('lies before the end of a run that finishes what is over', async () => {
    const until = Date.parse('2015-05-17T07:00:00Z');
    const asked = (hour: string): Promise<string> =>
      startTimeperiod(memoryCollections(), { startTimeperiod: hour, until }, noon);
    assert.equal(await asked('2015051707'), '2015051707');
    await assert.rejects(
      asked('2015051708'),
      /until 2015-05-17T07:00:00.000Z.* begins later, with 2015051708/,
    );
  });
});
