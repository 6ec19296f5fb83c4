import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ALL_TIME, readSourceState } from '../../demo/access.ts';
import type { LogState } from '../../demo/access.ts';
import { importLog, openLog } from '../../demo/log-import.ts';
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
      [2, 3, 4, 5, 6].map((number) => `line ${number} is malformed: "bad ${number - 2}"`),
    );
    assert.match(said.at(-1)!, /10 lines, 8 malformed/);
  });

  it('reads gzip, several members too, whatever the file is called', async () => {
    const [first, second] = [lines(3000), lines(2500)].map((part) => `${part.join('\n')}\n`);
    await run(file('a.txt', Buffer.concat([gzipSync(first!), gzipSync(second!)])));
    assert.equal((await rows()).length, 5500);
  });

  it('counts a line beyond 64 kB as malformed, wherever it falls', async () => {
    const long = (bytes: number): string => `${line(1)}${'x'.repeat(bytes - line(1).length)}`;
    for (const before of [0, 1, 100, 65_535, 65_536]) {
      const filler = 'y'.repeat(Math.max(0, before - 1));
      const content = [
        ...(before === 0 ? [] : [filler]),
        long(65_537),
        long(65_536),
        long(1_000_000),
        line(2),
      ];
      const other = await demoStore();
      try {
        await run(file('a.log', `${content.join('\n')}\n`), other.store.data);
        const { lines: read, malformed } = await demoReport(other.store.data);
        assert.deepEqual([read, malformed], [content.length, content.length - 2], String(before));
        assert.equal((await rows(other.store.data)).length, 2);
      } finally {
        await other.remove();
      }
    }
    assert.ok(said.every((text) => text.length < 1000));
  });

  it('takes a byte-order mark for no part of the first line', async () => {
    await run(file('a.log', `\uFEFF${line(1)}\r\n${line(2)}\r\n`));
    assert.deepEqual(
      (await rows()).map(({ value }) => value['host']),
      ['10.0.0.1', '10.0.0.1'],
    );
    assert.equal((await demoReport(place.store.data)).malformed, 0);
  });

  it('splits lines at line feeds alone', async () => {
    const strange = ['\r', '\u2028', '\u2029', '\x0b', '\x0c', '\x85', '\\\u2028', '\\\r'];
    const text = strange.map((part) => line(1).replace('/1?q', `/a${part}b`));
    await run(file('a.log', text.join('\n')));
    assert.deepEqual(
      (await rows()).map(({ value }) => value['path']),
      strange.map((part) => `/a${part}b`),
    );
  });

  it('reads what gzip reads before other bytes, and says so', async () => {
    const packed = gzipSync(`${lines(3000).join('\n')}\n`);
    for (const [rest, told] of [
      ['NOTGZIP', 1],
      ['N', 1],
      ['\0\0\0\0', 0],
    ] as const) {
      said = [];
      const other = await demoStore();
      try {
        await run(file('a.gz', Buffer.concat([packed, Buffer.from(rest)])), other.store.data);
        assert.equal((await rows(other.store.data)).length, 3000);
        const warned = said.filter((text) => text.includes(`at byte ${packed.length} is ignored`));
        assert.equal(warned.length, told);
      } finally {
        await other.remove();
      }
    }
  });

  it('reads gzip with a name, a comment, an extra field and a check sum of its header', async () => {
    const plain = gzipSync(`${line(1)}\n`);
    const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]);
    const fields = Buffer.from('\x03\0abca.log\0by hand\0\0\0', 'latin1');
    await run(file('a.gz', Buffer.concat([header, fields, plain.subarray(10)])));
    assert.equal((await rows()).length, 1);
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
    writeFileSync(path, `${line(10)}\n${line(3600)}\n`, { flag: 'a' });
    const added: number[] = [];
    await run(
      path,
      followed(place.store.data, 'appendRows', (_, given) => added.push(given.length)),
    );
    assert.deepEqual(added, [2]);
    assert.equal((await rows()).length, 12);
    assert.equal((await demoReport(place.store.data)).lines, 12);
    const state = (await readSourceState(place.store.data)) as LogState;
    assert.deepEqual(state.lateHours, ['2015051700', '2015051701']);
  });

  it('goes on where a packed log has grown, or the same log lies there unpacked', async () => {
    const [first, second] = [lines(3000), lines(4000).slice(3000)].map((part) => `${part.join('\n')}\n`);
    await run(file('a.gz', gzipSync(first!)));
    await run(file('b.gz', Buffer.concat([gzipSync(first!), gzipSync(second!)])));
    assert.equal((await rows()).length, 4000);
    await run(file('c.log', `${first!}${second!}${line(4000)}\n`));
    assert.deepEqual(
      (await rows()).map(({ id }) => id),
      Array.from({ length: 4001 }, (_, index) => index + 1),
    );
  });

  it('keeps the source open, and the counts, while it reads what was added', async () => {
    const path = file('a.log', `${lines(5000).join('\n')}\n`);
    await run(path);
    writeFileSync(path, `${lines(9000).slice(5000).join('\n')}\n`, { flag: 'a' });
    const { data } = place.store;
    await openLog({ path, data });
    assert.equal(await data.watermark('access'), 0, 'open before anything is read');
    const seen: [number | undefined, number | null, number][] = [];
    const spying: DataStore = {
      ...data,
      appendRows: async (...given) => {
        const added = await data.appendRows(...given);
        const report = await demoReport(data);
        seen.push([await data.watermark('access'), report.lines, (await rows()).length]);
        return added;
      },
    };
    await run(path, spying);
    assert.ok(seen.length >= 2);
    for (const [watermark, counted, stored] of seen) {
      assert.equal(watermark, 0);
      assert.equal(counted, stored);
      assert.ok(stored > 5000);
    }
    assert.ok((await data.watermark('access'))! > Date.UTC(9999, 0));
    await openLog({ path, data });
    assert.ok((await data.watermark('access'))! > Date.UTC(9999, 0), 'unchanged since');
  });

  it('reads a last line anew that was not written to its end', async () => {
    const path = file('a.log', `${line(1)}\n${line(2).slice(0, 40)}`);
    await run(path);
    assert.deepEqual((await rows()).length, 1);
    assert.deepEqual((await demoReport(place.store.data)).malformed, 1);
    writeFileSync(path, `${line(2).slice(40)}\n${line(3)}`, { flag: 'a' });
    await run(path);
    writeFileSync(path, `\n${line(4)}\n`, { flag: 'a' });
    await run(path);
    assert.deepEqual(
      (await rows()).map(({ id, value }) => [id, value['size']]),
      [1, 2, 3, 4].map((number) => [number, number]),
    );
    const { lines: read, malformed } = await demoReport(place.store.data);
    assert.deepEqual({ read, malformed }, { read: 4, malformed: 0 });
  });

  it('says that a line counts as it was read, when its end came later', async () => {
    const whole = line(1234).replace(' "-" "x"', '');
    const path = file('a.log', whole.slice(0, -1));
    await run(path);
    writeFileSync(path, `${whole.slice(-1)}\n`, { flag: 'a' });
    await run(path);
    assert.equal((await rows())[0]!.value['size'], 123);
    assert.ok(said.some((text) => /line 1 had been read before its end was written/.test(text)));
  });

  it('refuses a log that was replaced by another one', async () => {
    const head = '# head\n';
    const path = file('a.log', `${head}${lines(10).join('\n')}\n`);
    await run(path);
    const before = await rows();
    const others = {
      'of the same size and first line': `${head}${lines(10).join('\n').replaceAll('10.0.0.1', '10.0.0.2')}\n`,
      'that has grown, and changed before': `${head}${lines(12).join('\n').replace('/3?q', '/9?q')}\n`,
      'that is shorter': `${head}${lines(9).join('\n')}\n`,
      'that is empty': '',
    };
    for (const [what, content] of Object.entries(others)) {
      await assert.rejects(run(file('b.log', content)), { code: 'CONFLICT' }, what);
      assert.deepEqual(await rows(), before, what);
      assert.equal((await demoReport(place.store.data)).lines, 11, what);
      assert.equal(await place.store.data.watermark('access'), 0, what);
    }
    await run(path);
    assert.ok((await place.store.data.watermark('access'))! > 0);
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
    const whole = gzipSync(lines(3000).join('\n'));
    const damaged = Buffer.from(whole);
    damaged.writeUInt32LE(0, whole.length - 8);
    for (const path of [
      join(place.folder, 'none.log'),
      place.folder,
      file('broken.gz', whole.subarray(0, 5000)),
      file('trailer.gz', whole.subarray(0, -3)),
      file('header.gz', Buffer.concat([whole, Buffer.from([0x1f, 0x8b, 8])])),
      file('damaged.gz', damaged),
    ]) {
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
