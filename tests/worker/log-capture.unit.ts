import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogRecord } from '../../domain/model/record.ts';
import { createLogCapture } from '../../worker/log-capture.ts';
import type { LogCapture } from '../../worker/log-capture.ts';

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
    log.write('log', 'abc');
    assert.deepEqual(linesOf(records), ['abc']);
    log.write('log', '');
    assert.deepEqual(linesOf(records), ['abc', 'log capped at 4 bytes: what followed was dropped']);
  });

  it('never keeps more than its limit, whole characters only, and tells once that it was reached', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'ü', '🐘', '\n') }));
    fc.assert(
      fc.property(texts, fc.nat(40), (written, limit) => {
        const { log, records } = capture(limit);
        for (const text of written) log.write('stdout', text);
        const kept = records.filter(({ stream }) => stream === 'stdout');
        const said = records.filter(({ stream }) => stream === 'log');
        const all = written.flatMap((text) => (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n'));
        const whole = all.reduce((bytes, line) => bytes + Buffer.byteLength(line) + 1, 0);
        const bytes = kept.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0);
        assert.ok(bytes <= limit + 1, 'the newline of a clipped line is not counted');
        assert.equal(said.length, whole > limit ? 1 : 0);
        kept.forEach(({ line }, index) => assert.ok(all[index]?.startsWith(line)));
        assert.ok(said.length === 1 || kept.length === all.length);
      }),
    );
  });

  it('always has room for a note, up to a size', () => {
    const { log, records } = capture(0);
    log.write('log', 'dropped');
    log.note('Error: why\n    at here');
    log.note('x'.repeat(100_000));
    assert.deepEqual(linesOf(records).slice(1, 3), ['Error: why', '    at here']);
    assert.equal(records.at(-1)?.line.length, 16_384);
  });
});
