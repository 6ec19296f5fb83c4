import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogRecord } from '../../../domain/model/record.ts';
import { createLogCapture } from '../../../worker/output/log-capture.ts';
import type { LogCapture } from '../../../worker/output/log-capture.ts';

const capture = (limit: number): { log: LogCapture; records: LogRecord[] } => {
  const records: LogRecord[] = [];
  const log = createLogCapture({
    parentId: 'p',
    attempt: 2,
    firstSequence: 100,
    limit,
    clock: { now: () => 7 },
    append: (taken) => records.push(...taken),
  });
  return { log, records };
};
const linesOf = (records: readonly LogRecord[]): string[] => records.map(({ line }) => line);

describe('a log capture', () => {
  it('numbers lines of all streams in one row', () => {
    const { log, records } = capture(1000);
    log.write('stdout', 'a\n\nb\n');
    log.write('stderr', 'c');
    assert.deepEqual(records, [
      { parentId: 'p', attempt: 2, at: 7, sequence: 100, stream: 'stdout', line: 'a' },
      { parentId: 'p', attempt: 2, at: 7, sequence: 101, stream: 'stdout', line: '' },
      { parentId: 'p', attempt: 2, at: 7, sequence: 102, stream: 'stdout', line: 'b' },
      { parentId: 'p', attempt: 2, at: 7, sequence: 103, stream: 'stderr', line: 'c' },
    ]);
  });

  it('takes exactly as much as fits, and says nothing of a cap that was not reached', () => {
    const { log, records } = capture(4);
    log.write('log', 'ab');
    log.write('log', '');
    assert.deepEqual(linesOf(records), ['ab'], 'the last quarter is held back');
    log.end();
    assert.deepEqual(linesOf(records), ['ab', '']);
  });

  it('keeps the beginning and the end, tells at once that something is dropped, and in the end how much', () => {
    const { log, records } = capture(40);
    for (let line = 1; line <= 100; line++) log.write('stdout', `line ${line}`);
    const cap =
      'log capped at 40 bytes: of what follows only the end is kept, and shown when the run has ended';
    assert.deepEqual(linesOf(records), ['line 1', 'line 2', 'line 3', 'line 4', cap]);
    log.end();
    assert.deepEqual(linesOf(records).slice(5), ['dropped here, lines: 95, bytes: 755', 'line 100']);
    log.write('stdout', 'too late');
    log.end();
    assert.equal(records.length, 7);
  });

  it('never keeps more than its limit, everything up to it, and says so when it dropped something', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '🐘', '\n') }));
    fc.assert(
      fc.property(texts, fc.nat(40), (written, limit) => {
        const { log, records } = capture(limit);
        for (const text of written) log.write('stdout', text);
        log.end();
        const size = (lines: readonly string[]): number =>
          lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
        const kept = linesOf(records.filter(({ stream }) => stream === 'stdout'));
        const said = records.filter(({ stream }) => stream === 'log');
        const all = written.flatMap((text) => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'));
        assert.ok(size(kept) <= limit);
        if (size(all) <= limit) assert.deepEqual([kept, said], [all, []]);
        const first = records.findIndex(({ stream }) => stream === 'log');
        const head = first === -1 ? kept : linesOf(records.slice(0, first));
        const tail = kept.slice(head.length);
        assert.deepEqual(head, all.slice(0, head.length));
        assert.deepEqual(tail, tail.length === 0 ? [] : all.slice(-tail.length));
        assert.equal(said.length, all.length > kept.length ? 2 : 0);
        records.forEach(({ sequence }, index) => assert.equal(sequence, 100 + index));
      }),
    );
  });

  it('keeps a line that is longer than lines may be in pieces', () => {
    const { log, records } = capture(100_000);
    log.write('log', 'x'.repeat(40_000));
    assert.deepEqual(
      records.map(({ line }) => line.length),
      [16_384, 16_384, 7_232],
    );
  });

  it('shows what it held back before a note', () => {
    const { log, records } = capture(40);
    for (let line = 1; line <= 5; line++) log.write('stdout', `line ${line}`);
    log.note('Error: why');
    assert.deepEqual(linesOf(records).slice(3), ['line 4', 'line 5', 'Error: why']);
  });

  it('always has room for a note, up to a size', () => {
    const { log, records } = capture(0);
    log.write('log', 'dropped');
    log.note('Error: why\n    at here');
    log.note('x'.repeat(100_000));
    log.end();
    log.note('after the end, too');
    assert.deepEqual(linesOf(records).slice(2, 4), ['Error: why', '    at here']);
    assert.equal(records[4]?.line.length, 16_384);
    assert.equal(records.at(-1)?.line, 'after the end, too');
  });
});
