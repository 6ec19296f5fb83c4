import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogRecord } from '../../../domain/model/record.ts';
import { plural } from '../../../domain/plural.ts';
import { createLogBacklog } from '../../../worker/output/log-backlog.ts';

const lines = (parentId: string, from: number, to: number, text = ''): LogRecord[] =>
  Array.from({ length: to - from }, (_, index) => ({
    parentId,
    attempt: 1,
    sequence: from + index,
    at: 7,
    stream: 'stdout',
    line: `${from + index}${text}`,
  }));
const told = (records: readonly LogRecord[]): string[] =>
  records.map(({ parentId, line }) => `${parentId} ${line}`);

describe('a backlog of captured lines', () => {
  it('gives each run an equal share of a batch, and what one does not use to the others', () => {
    const backlog = createLogBacklog(Infinity);
    backlog.add(lines('chatty', 0, 1000));
    backlog.add(lines('quiet', 0, 2));
    const batch = backlog.take(100);
    assert.equal(batch.length, 100);
    assert.deepEqual(told(batch.filter(({ parentId }) => parentId === 'quiet')), ['quiet 0', 'quiet 1']);
    assert.equal(backlog.size(), 902);
  });

  it('serves more runs than a batch has lines in turn', () => {
    const backlog = createLogBacklog(Infinity);
    for (const run of ['a', 'b', 'c']) backlog.add(lines(run, 0, 2));
    assert.deepEqual(told(backlog.take(2)), ['a 0', 'b 0']);
    assert.deepEqual(told(backlog.take(2)), ['c 0', 'a 1']);
    assert.deepEqual(told(backlog.take(9)), ['b 1', 'c 1']);
    assert.deepEqual(backlog.take(9), []);
  });

  it('drops the older lines of the run with the most waiting, and says so in their place', () => {
    const backlog = createLogBacklog(100 * 210);
    backlog.add(lines('quiet', 0, 10));
    backlog.add(lines('chatty', 0, 200));
    const taken = Array.from({ length: 30 }, () => backlog.take(10)).flat();
    const quiet = taken.filter(({ parentId }) => parentId === 'quiet');
    const chatty = taken.filter(({ parentId }) => parentId === 'chatty');
    assert.deepEqual(quiet, lines('quiet', 0, 10));
    const [remark, ...rest] = chatty;
    const dropped = 200 - rest.length;
    assert.ok(dropped > 0);
    assert.deepEqual([remark?.stream, remark?.sequence], ['log', 0]);
    assert.equal(
      remark?.line,
      `${plural(dropped, 'line was', 'lines were')} dropped here: the store took them more slowly than they came`,
    );
    assert.deepEqual(rest, lines('chatty', dropped, 200));
  });

  it('hands on every line once and in order, unless it says what it dropped', () => {
    const step = fc.oneof(
      fc.record({ run: fc.constantFrom('a', 'b', 'c'), lines: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ take: fc.integer({ min: 1, max: 40 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 80 }), (steps, room) => {
        const backlog = createLogBacklog(room * 203);
        const added = new Map<string, number>();
        const taken: LogRecord[] = [];
        for (const next of steps) {
          if ('take' in next) {
            const batch = backlog.take(next.take);
            assert.ok(batch.length <= next.take);
            taken.push(...batch);
            continue;
          }
          const from = added.get(next.run) ?? 0;
          added.set(next.run, from + next.lines);
          backlog.add(lines(next.run, from, from + next.lines));
        }
        while (backlog.size() > 0) taken.push(...backlog.take(10));
        for (const [run, count] of added) {
          let next = 0;
          for (const { sequence, stream, line } of taken.filter(({ parentId }) => parentId === run)) {
            assert.equal(sequence, next);
            next += stream === 'log' ? Number.parseInt(line, 10) : 1;
          }
          assert.equal(next, count);
        }
      }),
    );
  });
});
