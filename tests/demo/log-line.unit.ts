import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseLogLine, requestPath } from '../../demo/log-line.ts';
import { describeSharedLog } from './shared-log.ts';

const at = Date.parse('2015-05-17T10:05:03Z');
const common = (
  change: Partial<Record<'host' | 'user' | 'time' | 'request' | 'status' | 'size', string>> = {},
) => {
  const { host = '83.149.9.216', user = '-', time = '17/May/2015:10:05:03 +0000' } = change;
  const { request = 'GET / HTTP/1.1', status = '200', size = '203023' } = change;
  return `${host} - ${user} [${time}] "${request}" ${status} ${size}`;
};
const read = { host: '83.149.9.216', at, request: 'GET / HTTP/1.1', status: 200, size: 203_023 };

describe('a line of an access log', () => {
  it('is read in Common and in Combined Log Format', () => {
    assert.deepEqual(parseLogLine(common()), read);
    assert.deepEqual(parseLogLine(`${common()} "http://a.example/" "Mozilla/5.0"`), read);
    assert.deepEqual(parseLogLine(`${common()}\r`), read);
  });

  it('counts when the referer or the user agent is cut off or malformed', () => {
    for (const rest of [' "-" "Mozilla/5.0 (compat', ' "http://a', ' "', ' ', ' "a "b" c" d', ' - -']) {
      assert.deepEqual(parseLogLine(common() + rest), read, rest);
    }
  });

  it('turns the time of any zone into an instant', () => {
    const instants = {
      '17/May/2015:10:05:03 +0000': at,
      '17/May/2015:12:35:03 +0230': at,
      '17/May/2015:01:05:03 -0900': at,
      '31/Dec/2015:23:30:00 -0100': Date.parse('2016-01-01T00:30:00Z'),
      '29/Feb/2016:00:00:00 +0000': Date.parse('2016-02-29T00:00:00Z'),
      '30/Jun/2015:23:59:60 +0000': Date.parse('2015-07-01T00:00:00Z'),
    };
    for (const [time, instant] of Object.entries(instants)) {
      assert.equal(parseLogLine(common({ time }))?.at, instant, time);
    }
  });

  it('may have no size, an IPv6 host, a user with spaces, any quoted request', () => {
    assert.equal(parseLogLine(common({ size: '-' }))?.size, 0);
    assert.equal(parseLogLine(common({ host: '2001:db8::1' }))?.host, '2001:db8::1');
    assert.equal(parseLogLine(common({ host: '[::1]' }))?.host, '[::1]');
    assert.equal(parseLogLine(common({ user: 'Jane Doe' }))?.size, 203_023);
    for (const request of [
      '',
      '-',
      'GET',
      '\\x16\\x03\\x01',
      'GET /?q=\\"a\\" HTTP/1.1',
      'GET /\\\\',
      'GET /[x] HTTP/1.0',
    ]) {
      assert.equal(parseLogLine(common({ request }))?.request, request, request);
    }
  });

  it('tells the client from a virtual host before it', () => {
    const time = common().slice(common().indexOf(' ['));
    const clients = {
      'www.example.org:443 203.0.113.1 - -': '203.0.113.1',
      'www.example.org:80 client.example - bob': 'client.example',
      'www.example.org:443 2001:db8::2 - Jane Doe': '2001:db8::2',
      '[2001:db8::1]:443 2001:db8::2 - -': '2001:db8::2',
      '198.51.100.1:80 203.0.113.1 - -': '203.0.113.1',
      'www.example.org 203.0.113.1 - -': '203.0.113.1',
      '203.0.113.1 - Jane Doe': '203.0.113.1',
      '203.0.113.1 joe Jane Doe': '203.0.113.1',
      '2001:db8::1 - -': '2001:db8::1',
      '203.0.113.1:5678 - -': '203.0.113.1:5678',
    };
    for (const [fields, client] of Object.entries(clients))
      assert.equal(parseLogLine(fields + time)?.host, client, fields);
  });

  it('is malformed when its shape does not tell the client', () => {
    const time = common().slice(common().indexOf(' ['));
    for (const fields of [
      '203.0.113.1 -',
      'www.example.org:443 203.0.113.1 -',
      'www 203.0.113.1 -',
      'a b c d',
    ])
      assert.equal(parseLogLine(fields + time), undefined, fields);
  });

  it('may hold any separator of lines in its request, escaped or not', () => {
    for (const part of ['\r', '\u2028', '\u2029', '\x85', '\x0b', '\\\r', '\\\u2028', '\\\n']) {
      const request = `GET /a${part}b HTTP/1.1`;
      assert.equal(parseLogLine(common({ request }))?.request, request, JSON.stringify(part));
    }
  });

  it('is malformed when host, time, request, status or size cannot be read', () => {
    const malformed = [
      '',
      ' ',
      'nothing of the kind',
      ` ${common()}`,
      common({ time: '17/Mai/2015:10:05:03 +0000' }),
      common({ time: '31/Apr/2015:10:05:03 +0000' }),
      common({ time: '00/May/2015:10:05:03 +0000' }),
      common({ time: '29/Feb/2015:10:05:03 +0000' }),
      common({ time: '17/May/2015:24:05:03 +0000' }),
      common({ time: '17/May/2015:10:60:03 +0000' }),
      common({ time: '17/May/2015:10:05:61 +0000' }),
      common({ time: '17/May/2015:10:05:03 +0060' }),
      common({ time: '17/May/2015:10:05:03' }),
      common({ time: '17/May/1969:10:05:03 +0000' }),
      common({ time: '01/Jan/1970:00:05:03 +0100' }),
      common({ status: '20' }),
      common({ status: '-' }),
      common({ size: '12k' }),
      common({ size: '-12' }),
      common({ size: '' }),
      common({ size: '99999999999999999999' }),
      common({ request: 'GET /a"b HTTP/1.1' }),
      common({ request: 'GET /a\\' }),
      common().slice(0, -'" 200 203023'.length),
    ];
    for (const line of malformed) assert.equal(parseLogLine(line), undefined, line);
  });

  it('is read back as it was written', () => {
    const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
    const two = (value: number): string => String(value).padStart(2, '0');
    const line = fc.record({
      host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      second: fc.integer({ min: 86_400, max: 253_402_214_400 }),
      zone: fc.integer({ min: -14 * 60, max: 14 * 60 }),
      request: fc.string(),
      status: fc.integer({ min: 100, max: 599 }),
      size: fc.maxSafeNat(),
    });
    const format = ({
      host,
      second,
      zone,
      request,
      status,
      size,
    }: typeof line extends fc.Arbitrary<infer T> ? T : never) => {
      const local = new Date(second * 1000 + zone * 60_000);
      const date = [two(local.getUTCDate()), months[local.getUTCMonth()], local.getUTCFullYear()].join('/');
      const time = local.toISOString().slice(11, 19);
      const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(Math.abs(zone) / 60))}${two(Math.abs(zone) % 60)}`;
      const escaped = request.replaceAll(/["\\]/g, '\\$&');
      return {
        text: `${host} - - [${date}:${time} ${offset}] "${escaped}" ${status} ${size} "-" "x"`,
        escaped,
      };
    };
    fc.assert(
      fc.property(line, (value) => {
        const { text, escaped } = format(value);
        const { host, second, status, size } = value;
        assert.deepEqual(parseLogLine(text), { host, at: second * 1000, request: escaped, status, size });
      }),
    );
  });

  it('never throws, whatever it holds', () => {
    const cut = fc.nat(60).map((length) => common().slice(0, length));
    const mixed = fc.tuple(cut, fc.string({ unit: 'binary' }), cut).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mixed), (line) => {
        const entry = parseLogLine(line);
        assert.ok(entry === undefined || (entry.at >= 0 && entry.size >= 0 && entry.host !== ''));
      }),
    );
  });

  it('takes linear time, however hostile', () => {
    const hostile = [
      common({ host: 'a '.repeat(100_000) }),
      common({ user: ' ['.repeat(100_000) }),
      common({ request: '\\'.repeat(200_001) }),
      common({ request: '[17/May/2015:10:05:03 +0000] "'.repeat(10_000) }),
    ];
    const start = process.cpuUsage();
    for (const line of hostile) parseLogLine(line);
    assert.ok(process.cpuUsage(start).user < 1_000_000);
  });

  it('is read a hundred thousand times in a few seconds of a processor', () => {
    const line = `${common()} "http://semicomplete.example/presentations/" "Mozilla/5.0 (Macintosh; Intel Mac OS X)"`;
    // Not by the clock on the wall: others may keep the processor busy.
    const start = process.cpuUsage();
    for (let count = 0; count < 100_000; count++) parseLogLine(line);
    assert.ok(process.cpuUsage(start).user < 3_000_000);
  });
});

describe('the path of a request', () => {
  it('is its second word without the query', () => {
    assert.equal(requestPath('GET /a/b?c=d?e HTTP/1.1'), '/a/b');
    assert.equal(requestPath('GET /a'), '/a');
    assert.equal(requestPath('-'), '-');
    assert.equal(requestPath(''), '');
  });
});

describeSharedLog('the shared access log', (lines) => {
  it('is read line by line as a plain expression reads it', () => {
    const plain = /^(\S+) .*?\[(\d\d)\/May\/2015:([\d:]{8}) \+0000\] "(.*?)" (\d{3}) (\d+|-)( |$)/;
    assert.equal(lines.length, 10_000);
    for (const line of lines) {
      const [, host, day, time, request, status, size] = plain.exec(line)!;
      assert.deepEqual(parseLogLine(line), {
        host,
        at: Date.parse(`2015-05-${day!}T${time!}Z`),
        request,
        status: Number(status),
        size: size === '-' ? 0 : Number(size),
      });
    }
  });
});
