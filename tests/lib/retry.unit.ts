import assert from 'node:assert/strict';
import type { Logger } from '../../domain/logger.ts';
import { createRetry } from '../../lib/retry.ts';

describe('the log of an outage', () => {
  let lines: string[];
  const log: Logger = {
    info: (text, fields) => lines.push(`${text} ${JSON.stringify(fields)}`),
    warn: (text) => lines.push(text),
    error: (text) => lines.push(text),
  };
  beforeEach(() => (lines = []));

  it('is told once for each reason, and once when it is over', () => {
    const retry = createRetry('write', log);
    retry.over();
    for (const reason of ['away', 'away', 'not primary', 'away']) retry.failed(new Error(reason));
    retry.over();
    retry.over();
    retry.failed(new Error('away'));
    assert.deepEqual(lines, [
      'cannot write, trying again: Error: away',
      'cannot write, trying again: Error: not primary',
      'can write again {"failures":4}',
      'cannot write, trying again: Error: away',
    ]);
  });

  it('waits twice as long each time, up to a limit, and anew after the next failure', () => {
    const retry = createRetry('write', log);
    const pauses = Array.from({ length: 7 }, () => retry.failed(new Error('away')));
    assert.deepEqual(pauses, [100, 200, 400, 800, 1600, 2000, 2000]);
    retry.over();
    assert.equal(retry.failed(new Error('away')), 100);
    const steady = createRetry('read', log, { first: 500, longest: 500 });
    assert.deepEqual([steady.failed('away'), steady.failed('away')], [500, 500]);
  });

  it('does not fill the log with reasons that are never the same', () => {
    const retry = createRetry('write', log);
    for (let i = 0; i < 100; i++) retry.failed(`after ${i} ms`);
    assert.equal(lines.length, 5);
  });
});
