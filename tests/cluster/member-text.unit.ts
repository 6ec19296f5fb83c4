import assert from 'node:assert/strict';
import { readMember, readMembers, writeMember } from '../../cluster/member-text.ts';
import { memberOn } from './open-member.ts';

const member = memberOn('oak', { context: 'aa', leads: true, processes: ['A'] });

describe('a member as a text', () => {
  it('is read back as it was', () => {
    assert.deepEqual(readMember(writeMember(member)), member);
    const hostile = memberOn('a"\n*');
    assert.deepEqual(readMember(writeMember(hostile)), hostile);
  });

  it('may tell what only a later version knows', () => {
    const later = { ...member, more: 1, facts: { ...member.facts, more: 2 } };
    assert.deepEqual(readMember(JSON.stringify(later)), member);
  });

  it('is passed over where it is none, and hides no others', () => {
    const others = ['', 'null', '{', '[]', '7', '{"id":"a"}', JSON.stringify({ ...member, does: 'rest' })];
    for (const text of others) assert.equal(readMember(text), undefined, text);
    assert.deepEqual(readMembers([...others, writeMember(member), '{}']), [member]);
  });
});
