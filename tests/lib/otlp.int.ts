import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { Span } from '../../domain/span.ts';
import { openOtlp } from '../../lib/otlp.ts';
import { freePort } from '../support/free-port.ts';
import { openCollector } from '../support/otlp-collector.ts';

const span: Span = {
  name: 'run Mail',
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: 'c'.repeat(16),
  start: Date.UTC(2026, 0, 1),
  end: Date.UTC(2026, 0, 1) + 1_500,
  attributes: { 'synergy.unit': 'x', 'synergy.attempt': 2 },
  error: 'broken',
};

/** A log whose lines may be waited for. */
const createLog = () => {
  const lines: string[] = [];
  const told = new EventEmitter();
  const add = (text: string): void => {
    lines.push(text);
    told.emit('line');
  };
  return { lines, next: () => once(told, 'line'), info: add, warn: add, error: add };
};

describe('OTLP', function () {
  this.timeout(60_000);
  const open = (url: string, logger = createLog()) =>
    openOtlp({ url, resource: { 'service.name': 'test' }, version: '1', logger });

  it('brings a span to the collector as it is', async () => {
    const collector = await openCollector();
    const { send, close } = await open(`${collector.url}/`);
    send(span);
    send({ ...span, spanId: 'd'.repeat(16), error: null });
    await close();
    const [first, second] = collector.spans;
    await collector.close();
    const { traceId, spanId, parentSpanId, name, attributes } = span;
    assert.deepEqual(
      { ...first, kind: undefined },
      {
        ...first,
        ...{ traceId, spanId, parentSpanId, name, attributes },
        kind: undefined,
        service: 'test',
        startTimeUnixNano: `${span.start}000000`,
        endTimeUnixNano: `${span.end}000000`,
        status: { code: 2, message: 'broken' },
      },
    );
    assert.deepEqual(second?.status, { code: 0 });
  });

  it('says once that the collector is away, and when it is there again', async () => {
    const port = await freePort();
    const log = createLog();
    const { send, close } = await open(`http://127.0.0.1:${port}`, log);
    const away = log.next();
    send(span);
    await away;
    send(span);
    const collector = await openCollector(port);
    const again = log.next();
    send(span);
    await again;
    await close();
    await collector.close();
    assert.equal(log.lines.length, 2, log.lines.join('\n'));
    assert.match(
      log.lines[0] ?? '',
      /^cannot send traces to http:\/\/127.0.0.1:\d+\/v1\/traces, trying again: /,
    );
    assert.match(log.lines[1] ?? '', /^can send traces to .* again$/);
  });

  it('is closed in about a second though the collector is away', async () => {
    const { send, close } = await open(`http://127.0.0.1:${await freePort()}`);
    send(span);
    const begun = performance.now();
    await close();
    assert.ok(performance.now() - begun < 3_000);
  });
});
