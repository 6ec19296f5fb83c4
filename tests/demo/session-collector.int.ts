import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_TIME, readSourceState } from '../../demo/access.ts';
import collectSessions from '../../demo/session-collector.ts';
import type { DataStore } from '../../db/store.ts';
import { current } from '../../domain/time/timeperiod.ts';
import { demoStore, followed } from './demo-store.ts';
import type { DemoStore } from './demo-store.ts';

const DAY = 86_400_000;
let place: DemoStore;

beforeEach(async () => {
  place = await demoStore();
});
afterEach(() => place.remove());

const collect = (
  given: Parameters<typeof collectSessions>[0]['arguments'],
  data: DataStore,
  signal: AbortSignal,
) => collectSessions({ arguments: given, data, signal, log: () => undefined });

describe('the session collector', () => {
  it('reads the access log it is given, and ends', async () => {
    const accessLog = join(place.folder, 'a.log');
    writeFileSync(accessLog, '10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1\n');
    const given = { accessLog, startTimeperiod: '2015051700', clockOffset: 0 };
    await collect(given, place.store.data, new AbortController().signal);
    assert.deepEqual(await place.store.data.extent('access', { start: '2015051710', end: '2015051711' }), {
      lowest: 1,
      highest: 1,
      watermark: Date.UTC(9999, 11, 31),
    });
  });

  it('invents visits up to the time of the timetable without one, until it is stopped', async () => {
    const abort = new AbortController();
    const asked = Date.now();
    const today = asked - 100 * DAY;
    const data = followed(place.store.data, 'setWatermark', (_, instant) => {
      if (instant >= today) abort.abort();
    });
    const startTimeperiod = current('hourly', today - DAY);
    await collect({ accessLog: null, startTimeperiod, clockOffset: -100 * DAY }, data, abort.signal);
    const { watermark = 0, highest } = await data.extent('access', ALL_TIME);
    assert.ok(watermark >= today && watermark < today + DAY);
    assert.ok(highest !== undefined);
    assert.equal((await readSourceState(data))?.kind, 'stream');
  });
});
