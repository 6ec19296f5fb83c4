import assert from 'node:assert/strict';
import { blockerKey, isPassing } from '../../../domain/timetable/blocker.ts';

describe('blockers', () => {
  const job = { processName: 'Day', timeperiod: '2015060100', state: 'EMBRYO', standing: 'EMBRYO' } as const;

  it('pass by themselves where only time or the work itself is lacking', () => {
    const passing = ['running', 'period-open', 'start-lag', 'future', 'waiting-for-trigger'] as const;
    for (const kind of passing) assert.ok(isPassing({ kind }), kind);
    const lasting = ['child', 'source-open', 'process-off', 'retry', 'quarantined', 'no-worker'] as const;
    for (const kind of lasting) assert.ok(!isPassing({ kind }), kind);
  });

  it('are one where kind and job are the same', () => {
    assert.equal(blockerKey({ ...job, kind: 'child' }), blockerKey({ ...job, kind: 'child', until: 1 }));
    assert.notEqual(blockerKey({ ...job, kind: 'child' }), blockerKey({ ...job, kind: 'dependency' }));
    assert.notEqual(
      blockerKey({ ...job, kind: 'child' }),
      blockerKey({ ...job, timeperiod: '2015060200', kind: 'child' }),
    );
  });
});
