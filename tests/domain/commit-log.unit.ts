import assert from 'node:assert/strict';
import { shareCommitLog } from '../../domain/commit-log.ts';

describe('a commit log', () => {
  const of = (commitLog: string | null) => ({ capabilities: { commitLog } });
  it('is shared by those who name the same one', () => {
    assert.equal(shareCommitLog(of('a'), of('a')), true);
    assert.equal(shareCommitLog(of('a'), of('b')), false);
  });
  it('is not shared by those who have none', () => {
    assert.equal(shareCommitLog(of(null), of(null)), false);
  });
});
