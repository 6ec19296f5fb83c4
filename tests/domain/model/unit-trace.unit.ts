import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { freshUow } from '../../../domain/model/entity.ts';
import type { UowRecord } from '../../../domain/model/record.ts';
import { createUnitTracer } from '../../../domain/model/unit-trace.ts';
import type { Span } from '../../../domain/span.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const uow: UowRecord = {
  ...freshUow,
  id: 'Mail:all/20260101000000#1',
  kind: 'freerun',
  processName: 'Mail',
  entryName: 'all',
  timeperiod: '20260101000000',
  sequence: 1,
  startTimeperiod: '20260101000000',
  endTimeperiod: '20260101000000',
  startId: null,
  endId: null,
  source: null,
  sink: null,
  arguments: {},
  createdAt: 1_000,
  submittedAt: 5_000,
  notBefore: null,
  attempt: 1,
  startedAt: 2_000,
};

describe('the trace of a unit of work', () => {
  const spans: Span[] = [];
  const tracer = createUnitTracer({ sha256, send: (span) => void spans.push(span) });
  beforeEach(() => spans.splice(0));

  const times = (): [string, number, number][] => spans.map(({ name, start, end }) => [name, start, end]);

  it('is one tree, with ids of the right length that tell its parts apart', () => {
    tracer.request(uow, 1_010);
    tracer.claim(uow);
    tracer.run(uow, { at: 3_000, event: 'complete', error: null });
    tracer.report(uow, { start: 3_000, end: 3_020 }, 'applied');
    const ended = { ...uow, finishedAt: 3_010, state: 'PROCESSED' } as const;
    tracer.job(ended, 3_050);
    tracer.unit(ended);
    assert.deepEqual(times(), [
      ['request Mail', 1_000, 1_010],
      ['claim Mail', 1_000, 2_000],
      ['run Mail', 2_000, 3_000],
      ['report Mail', 3_000, 3_020],
      ['job Mail', 3_010, 3_050],
      ['unit Mail', 1_000, 3_010],
    ]);
    const root = spans.at(-1);
    assert.match(root?.traceId ?? '', /^[0-9a-f]{32}$/);
    assert.match(root?.spanId ?? '', /^[0-9a-f]{16}$/);
    assert.equal(root?.parentSpanId, undefined);
    assert.ok(spans.every(({ traceId }) => traceId === root?.traceId));
    assert.ok(spans.slice(0, -1).every(({ parentSpanId }) => parentSpanId === root?.spanId));
    assert.equal(new Set(spans.map(({ spanId }) => spanId)).size, 6);
    assert.ok(spans.every(({ error }) => error === null));
    assert.equal(tracer.traceparent(uow), `00-${root?.traceId}-${spans[2]?.spanId}-01`);
  });

  it('is another for a unit of the same id in another store, and has other runs for other attempts', () => {
    const other = tracer.traceparent({ ...uow, createdAt: 1_001 });
    assert.notEqual(other.slice(3, 35), tracer.traceparent(uow).slice(3, 35));
    const second = tracer.traceparent({ ...uow, attempt: 2 });
    assert.equal(second.slice(3, 35), tracer.traceparent(uow).slice(3, 35));
    assert.notEqual(second, tracer.traceparent(uow));
  });

  it('counts the wait for a later attempt from when the unit was handed out again', () => {
    tracer.claim({ ...uow, attempt: 2, startedAt: 5_500 });
    tracer.claim({ ...uow, startedAt: null });
    assert.deepEqual(times(), [
      ['claim Mail', 5_000, 5_500],
      ['claim Mail', 1_000, 1_000],
    ]);
  });

  it('tells why something failed', () => {
    tracer.run(uow, { at: 3_000, event: 'fail', error: 'exit code 1' });
    tracer.run(uow, { at: 3_000, event: 'repost', error: null });
    tracer.run(uow, { at: 3_000, event: 'cancel', error: 'not today' });
    tracer.report(uow, { start: 1, end: 2 }, 'rejected');
    tracer.unit({ ...uow, state: 'CANCELED', error: 'given up' });
    tracer.unit({ ...uow, state: 'CANCELED' });
    assert.deepEqual(
      spans.map(({ error }) => error),
      ['exit code 1', 'repost', null, 'the report came too late', 'given up', 'canceled'],
    );
  });

  it('never ends before it begins, whatever the clocks of boxes say', () => {
    tracer.run(uow, { at: 1_500, event: 'complete', error: null });
    tracer.run({ ...uow, startedAt: null }, { at: 1_500, event: 'complete', error: null });
    tracer.job(uow, 7_000);
    assert.deepEqual(times(), [
      ['run Mail', 2_000, 2_000],
      ['run Mail', 1_500, 1_500],
      ['job Mail', 7_000, 7_000],
    ]);
  });
});
