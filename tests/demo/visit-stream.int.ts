import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_TIME, readSourceState } from '../../demo/access.ts';
import { importLog } from '../../demo/log-import.ts';
import { runVisitStream } from '../../demo/visit-stream.ts';
import type { DataStore, SourceRow } from '../../db/store.ts';
import { clock, demoStore, followed } from './demo-store.ts';
import type { DemoStore } from './demo-store.ts';

const HOUR = 3_600_000;
const noon = Date.parse('2026-01-01T12:00:00Z');
let place: DemoStore;

beforeEach(async () => {
  place = await demoStore();
});
afterEach(() => place.remove());

const rows = (data: DataStore = place.store.data): Promise<SourceRow[]> =>
  data.rows('access', ALL_TIME, { from: 0, to: Number.MAX_SAFE_INTEGER }, 1_000_000);

/** Runs the stream at a clock that stands still, until the watermark has come to `until`. */
const run = async (
  now: number,
  { until = now, data = place.store.data, startTimeperiod = '2026010100' } = {},
): Promise<void> => {
  const abort = new AbortController();
  const watched = followed(data, 'setWatermark', (_, instant) => {
    if (instant >= until) abort.abort();
  });
  const log = (): void => undefined;
  const standing = { now: () => now };
  await runVisitStream({ data: watched, signal: abort.signal, clock: standing, log, startTimeperiod });
};

describe('the built-in stream', () => {
  it('fills a new store from the start to now, every hour of it', async () => {
    await run(noon);
    const hours = new Set((await rows()).map(({ timeperiod }) => timeperiod));
    assert.deepEqual(
      [...hours],
      Array.from({ length: 12 }, (_, hour) => `20260101${String(hour).padStart(2, '0')}`),
    );
    assert.equal(await place.store.data.watermark('access'), noon);
  });

  it('invents a moderate past when the start is years ago', async () => {
    await run(noon, { startTimeperiod: '2024010100' });
    const { length } = await rows();
    assert.ok(length > 40_000 && length < 90_000, `${length} rows`);
  });

  it('goes on where it was, wherever it was killed, as if it never had been', async () => {
    const killed = followed(place.store.data, 'appendRows', () => {
      throw new Error('killed before the watermark');
    });
    await assert.rejects(run(noon, { data: killed }), /killed/);
    await run(noon + HOUR / 3, { until: noon - 5 * HOUR });
    await run(noon + HOUR);
    const other = await demoStore();
    try {
      await run(noon, { data: other.store.data });
      await run(noon + HOUR, { data: other.store.data });
      assert.deepEqual(await rows(), await rows(other.store.data));
    } finally {
      await other.remove();
    }
  });

  it('goes on in small steps while time passes', async () => {
    await run(noon);
    const past = await rows();
    for (const second of [2, 4, 61, 62.5]) await run(noon + second * 1000);
    const live = (await rows()).slice(past.length);
    assert.ok(live.length > 10, `${live.length} visits in a minute`);
    assert.ok(live.every(({ id }) => id > past.at(-1)!.id));
    assert.equal((await readSourceState(place.store.data))?.kind, 'stream');
  });

  it('opens the source before the first row', async () => {
    const marks: (number | undefined)[] = [];
    const data: DataStore = {
      ...place.store.data,
      appendRows: async (collection, given) => {
        marks.push(await place.store.data.watermark(collection));
        return place.store.data.appendRows(collection, given);
      },
    };
    await run(noon, { data });
    assert.equal(marks[0], noon - 12 * HOUR);
  });

  it('ends at once when it is stopped while it waits', async () => {
    const abort = new AbortController();
    const standing = { now: () => noon };
    const data = followed(place.store.data, 'setWatermark', (_, instant) => {
      if (instant === noon) setImmediate(() => abort.abort());
    });
    const start = performance.now();
    const log = (): void => undefined;
    await runVisitStream({ data, signal: abort.signal, clock: standing, log, startTimeperiod: '2026010111' });
    assert.ok(performance.now() - start < 1500);
  });

  it('refuses a store that holds an access log, and the other way round', async () => {
    const path = join(place.folder, 'a.log');
    writeFileSync(path, '10.0.0.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1\n');
    const { data } = place.store;
    const task = { data, signal: new AbortController().signal, clock, log: () => undefined };
    await importLog({ ...task, path });
    await assert.rejects(run(noon), {
      code: 'CONFLICT',
      message: /holds an access log that begins "10\.0\.0\.1/,
    });
    const other = await demoStore();
    try {
      await run(noon, { data: other.store.data });
      const reading = importLog({ ...task, data: other.store.data, path });
      await assert.rejects(reading, { code: 'CONFLICT', message: /holds the built-in stream/ });
    } finally {
      await other.remove();
    }
  });
});
