import assert from 'node:assert/strict';
import type { TransitionRecord } from '../../../domain/model/record.ts';
import { transitionLine } from '../../../mx/present/transition-line.ts';

const row: TransitionRecord = {
  ...{ sequence: 7, entityKind: 'entry', entityId: 'Mail:daily', version: 3, from: 'ON', to: 'OFF' },
  ...{ event: 'switch-off', at: 0, actor: 'user ann', reason: 'too many', epoch: 1, attempt: 0 },
};
const lineOf = (set: Partial<TransitionRecord>) => transitionLine({ ...row, ...set }, new Map());

describe('a row of the journal', () => {
  it('of a freerun entry leads to the history of that, and says how it stands', () => {
    const { href, left, what, event, reason } = lineOf({});
    assert.equal(href, '/freerun/Mail/daily');
    assert.deepEqual([left, event, what, reason], ['On', 'switch-off', 'Off', 'too many']);
    assert.equal(lineOf({ to: 'REMOVED' }).what, 'Removed');
    assert.equal(lineOf({ from: null, event: 'create' }).left, undefined);
    const fired = lineOf({ from: 'ON', to: 'ON', event: 'fire' });
    assert.deepEqual([fired.left, fired.what, fired.event], [undefined, 'Fired', undefined]);
  });

  it('of a job and of a unit of work leads to their pages', () => {
    assert.equal(
      lineOf({ entityKind: 'job', entityId: 'Hour/2015060122', from: 'EMBRYO', to: 'NOOP' }).href,
      '/jobs/Hour/2015060122',
    );
    const unit = lineOf({ entityKind: 'uow', entityId: 'Mail:daily/20150601000000#1', to: 'PROCESSED' });
    assert.equal(unit.href, '/units/Mail%3Adaily%2F20150601000000%231');
    assert.equal(unit.what, 'Processed');
  });
});
