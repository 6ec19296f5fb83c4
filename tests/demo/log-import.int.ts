import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ALL_TIME } from '../../demo/access.ts';
import { importLog } from '../../demo/log-import.ts';
import { demoReport } from '../../demo/report.ts';
import { runVisitStream } from '../../demo/visit-stream.ts';
import type { DataStore } from '../../db/store.ts';
import { clock, demoStore, followed } from './demo-store.ts';
import type { DemoStore } from './demo-store.ts';
import { describeSharedLog, sharedLog } from './shared-log.ts';

let place: DemoStore;
let said: string[];

beforeEach(async () => {
  place = await demoStore();
  said = [];
});
afterEach(() => place.remove());

const log = (line: string): void => void said.push(line);
const never = new AbortController().signal;

const run = (path: string, data: DataStore = place.store.data, signal = never): Promise<void> =>
  importLog({ path, data, signal, clock, log });

const file = (name: string, content: string | Buffer): string => {
  const path = join(place.folder, name);
  writeFileSync(path, content);
  return path;
};

const rows = (data = place.store.data) =>
  data.rows('access', ALL_TIME, { from: 0, to: Number.MAX_SAFE_INTEGER }, 1_000_000);

const line = (second: number, host = '10.0.0.1'): string => {
  const time = new Date(second * 1000).toISOString().slice(11, 19);
  return `${host} - - [17/May/2015:${time} +0000] "GET /${second}?q HTTP/1.1" 200 ${second} "-" "x"`;
};
const lines = (count: number): string[] => Array.from({ length: count }, (_, second) => line(second));

describe('the import of an access log', () => {
  it('makes a row of each line, with its number as id, and completes the source', async () => {
    await run(file('a.log', `${line(5)}\n${line(3700, '2001:db8::1')}\n`));
    assert.deepEqual(await rows(), [
      { id: 1, timeperiod: '2015051700', value: { host: '10.0.0.1', status: 200, size: 5, path: '/5' } },
      {
        id: 2,
        timeperiod: '2015051701',
        value: { host: '2001:db8::1', status: 200, size: 3700, path: '/3700' },
      },
    ]);
    assert.ok((await place.store.data.watermark('access'))! > Date.UTC(9999, 0));
  });

  it('counts malformed lines, names some and goes on', async () => {
    const bad = Array.from({ length: 7 }, (_, index) => `bad ${index}`);
    await run(file('a.log', [line(1), ...bad, '', line(2)].join('\r\n')));
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      [1, 10],
    );
    const { lines: read, malformed } = await demoReport(place.store.data);
    assert.deepEqual({ read, malformed }, { read: 10, malformed: 8 });
    assert.deepEqual(
      said.filter((text) => text.includes('is malformed')),
      [2, 3, 4, 5, 6].map((number) => `line ${number} is malformed: "bad ${number - 2}\\r"`),
    );
    assert.match(said.at(-1)!, /10 lines, 8 malformed/);
  });

  it('reads gzip, several members too, whatever the file is called', async () => {
    const [first, second] = [lines(3000), lines(2500)].map((part) => `${part.join('\n')}\n`);
    await run(file('a.txt', Buffer.concat([gzipSync(first!), gzipSync(second!)])));
    assert.equal((await rows()).length, 5500);
  });

  it('keeps the beginning of an endless line', async () => {
    const endless = `${line(1)}${'x'.repeat(1_000_000)}`;
    await run(file('a.log', `${endless}\n${'y'.repeat(1_000_000)}\n${line(2)}`));
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      [1, 3],
    );
    assert.ok(said.every((text) => text.length < 1000));
  });

  it('takes characters apart by no chunk', async () => {
    const text = lines(4000).map((entry) => entry.replace('10.0.0.1', 'ä€𝄞.example'));
    await run(file('a.log', text.join('\n')));
    assert.ok((await rows()).every(({ value }) => value['host'] === 'ä€𝄞.example'));
  });

  it('is not complete before the end: a source being read is open', async () => {
    const marks: (number | undefined)[] = [];
    const { data } = place.store;
    const spying: DataStore = {
      ...data,
      appendRows: async (collection, given) => {
        marks.push(await data.watermark(collection));
        return data.appendRows(collection, given);
      },
    };
    await run(file('a.log', lines(9000).join('\n')), spying);
    assert.ok(marks.length >= 3);
    assert.deepEqual([...new Set(marks)], [0]);
  });

  it('ends in the same rows when it was broken off at any batch and begun again', async () => {
    const path = file('a.log', [...lines(5000), 'bad', ...lines(5000)].join('\n'));
    for (const kill of [1, 2, 3]) {
      const abort = new AbortController();
      let batches = 0;
      const killing = followed(place.store.data, 'appendRows', () => {
        batches++;
        if (batches === kill) abort.abort();
      });
      await run(path, killing, abort.signal);
      assert.equal(batches, kill);
      assert.equal(await place.store.data.watermark('access'), 0, 'still open');
    }
    await run(path);
    const again = await rows();
    assert.deepEqual(
      again.map(({ id }) => id),
      Array.from({ length: 10_001 }, (_, index) => index + 1).filter((id) => id !== 5001),
    );
    assert.equal((await demoReport(place.store.data)).lines, 10_001);
  });

  it('ends in the same rows when the store failed half-way', async () => {
    const path = file('a.log', lines(5000).join('\n'));
    const failing = followed(place.store.data, 'appendRows', () => {
      throw new Error('killed');
    });
    await assert.rejects(run(path, failing), /killed/);
    await run(path);
    assert.equal((await rows()).length, 5000);
    assert.equal((await demoReport(place.store.data)).lines, 5000);
  });

  it('does not read again what it has read, but what was added', async () => {
    const path = file('a.log', `${lines(10).join('\n')}\n`);
    await run(path);
    const refusing = followed(place.store.data, 'appendRows', () => assert.fail('read again'));
    await run(path, refusing);
    writeFileSync(path, `${line(10)}\n${line(11)}\n`, { flag: 'a' });
    await run(path);
    assert.equal((await rows()).length, 12);
    assert.equal((await demoReport(place.store.data)).lines, 12);
  });

  it('reads an empty file to its end', async () => {
    await run(file('a.log', ''));
    assert.deepEqual(await rows(), []);
    assert.ok((await place.store.data.watermark('access'))! > 0);
  });

  it('refuses another log, and the stream, in one line', async () => {
    await run(file('a.log', lines(10).join('\n')));
    await assert.rejects(run(file('b.log', line(11))), {
      code: 'CONFLICT',
      message:
        /b\.log' cannot go into this store, which holds an access log that begins "10\.0\.0\.1.*: expected/,
    });
    const stream = { data: place.store.data, signal: never, clock, log, startTimeperiod: '2015051700' };
    await assert.rejects(runVisitStream(stream), { code: 'CONFLICT' });
    assert.equal((await rows()).length, 10);
  });

  it('says what is wrong with a file that cannot be read', async () => {
    const broken = gzipSync(lines(3000).join('\n')).subarray(0, 5000);
    for (const path of [join(place.folder, 'none.log'), place.folder, file('broken.gz', broken)]) {
      await assert.rejects(run(path), {
        code: 'SOURCE_UNREADABLE',
        message: /^access log '.*' cannot be read: .*; expected/,
      });
    }
    assert.equal(await place.store.data.watermark('access'), 0, 'nothing is complete');
  });
});

describeSharedLog('the import of the shared log', () => {
  it('reads all of it, gzipped or not, and nothing is malformed', async () => {
    await run(sharedLog);
    const gzipped = await rows();
    const { lines: read, malformed } = await demoReport(place.store.data);
    assert.deepEqual({ read, malformed, rows: gzipped.length }, { read: 10_000, malformed: 0, rows: 10_000 });
    const other = await demoStore();
    try {
      await run(file('plain', gunzipSync(readFileSync(sharedLog))), other.store.data);
      assert.deepEqual(await rows(other.store.data), gzipped);
    } finally {
      await other.remove();
    }
  });
});
