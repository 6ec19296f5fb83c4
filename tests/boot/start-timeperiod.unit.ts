import assert from 'node:assert/strict';
import { keepStartTimeperiod, startTimeperiod } from '../../boot/start-timeperiod.ts';
import { memoryCollections } from '../support/collections.ts';

const noon = Date.parse('2026-03-01T12:34:56Z');

describe('the first hour of the timetable', () => {
  it('is the first of yesterday unless something else is asked for', async () => {
    assert.equal(await startTimeperiod(memoryCollections(), undefined, noon), '2026022800');
    assert.equal(await startTimeperiod(memoryCollections(), '2015051707', noon), '2015051707');
  });

  it('stays what it was when nothing is asked for', async () => {
    const kept = memoryCollections();
    await keepStartTimeperiod(kept, '2015051707');
    assert.equal(await startTimeperiod(kept, undefined, noon), '2015051707');
  });

  it('may become earlier, never later', async () => {
    const kept = memoryCollections();
    await keepStartTimeperiod(kept, '2015051707');
    assert.equal(await startTimeperiod(kept, '2015051706', noon), '2015051706');
    await assert.rejects(
      startTimeperiod(kept, '2015051708', noon),
      /begun with 2015051707, given 2015051708/,
    );
  });
});
