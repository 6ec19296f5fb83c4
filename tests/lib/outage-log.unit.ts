import assert from 'node:assert/strict';
import type { Logger } from '../../domain/logger.ts';
import { createOutageLog } from '../../lib/outage-log.ts';

describe('the log of an outage', () => {
  let lines: string[];
  const log: Logger = {
    info: (text, fields) => lines.push(`${text} ${JSON.stringify(fields)}`),
    warn: (text) => lines.push(text),
    error: (text) => lines.push(text),
  };
  beforeEach(() => (lines = []));

  it('is told once for each reason, and once when it is over', () => {
    const outage = createOutageLog('write', log);
    outage.over();
    for (const reason of ['away', 'away', 'not primary', 'away']) outage.failed(new Error(reason));
    outage.over();
    outage.over();
    outage.failed(new Error('away'));
    assert.deepEqual(lines, [
      'cannot write, trying again: Error: away',
      'cannot write, trying again: Error: not primary',
      'can write again {"failures":4}',
      'cannot write, trying again: Error: away',
    ]);
  });

  it('does not fill the log with reasons that are never the same', () => {
    const outage = createOutageLog('write', log);
    for (let i = 0; i < 100; i++) outage.failed(`after ${i} ms`);
    assert.equal(lines.length, 5);
  });
});
