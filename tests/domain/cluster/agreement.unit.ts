import assert from 'node:assert/strict';
import { disagreements, doesText } from '../../../domain/cluster/agreement.ts';
import { UNTOLD, byMemberId, memberId } from '../../../domain/cluster/member.ts';
import type { Member, MemberFacts } from '../../../domain/cluster/member.ts';

const member = (facts: Partial<MemberFacts>, more: Partial<Member> = {}): Member => ({
  ...{ id: 'oak/worker/1', box: 'oak', does: 'work', since: 0 },
  facts: { version: '1.0.0', service: 'worker', context: 'aa', ...facts },
  ...more,
});

describe('what members disagree on', () => {
  it('is nothing where all have one version and one context, or tell neither', () => {
    assert.deepEqual(disagreements([]), []);
    const silent: Member = { ...member({}), facts: { version: UNTOLD, service: 'worker' } };
    assert.deepEqual(disagreements([member({}), member({}), silent]), []);
  });

  it('is told with what there is', () => {
    assert.deepEqual(disagreements([member({ version: '1.1.0' }), member({}), member({ context: 'bb' })]), [
      '2 versions run side by side: 1.0.0, 1.1.0',
      '2 contexts are loaded side by side: aa, bb; restart the services that have read an older file',
    ]);
  });
});

describe('what a member does', () => {
  it('is said in words', () => {
    const scheduler = { does: 'schedule' } as const;
    assert.equal(doesText(member({ leads: true }, scheduler)), 'leads');
    assert.equal(doesText(member({ leads: false }, scheduler)), 'stands by');
    assert.equal(doesText(member({}, scheduler)), 'schedules');
    assert.equal(doesText(member({})), 'works');
    assert.equal(doesText(member({ processes: ['A', 'B', 'C'] })), 'serves A, B, C');
    assert.equal(doesText(member({ processes: ['A', 'B', 'C'] }), 2), 'serves A, B and 1 more');
  });
});

describe('members', () => {
  it('have an id of their start, by which they are in order', () => {
    assert.equal(memberId('oak', 'worker', '1'), 'oak/worker/1');
    const ids = ['b', 'B', 'a', 'a'].map((id) => ({ id })).sort(byMemberId);
    assert.deepEqual(
      ids.map(({ id }) => id),
      ['B', 'a', 'a', 'b'],
    );
  });
});
