import assert from 'node:assert/strict';
import { afterCrash } from '../../../domain/strategy/crash.ts';

describe('a crash', () => {
  it('has the unit reposted, until there were too many in a row', () => {
    const after = (crashes: number) => afterCrash({ crashes }, 3, 'it died');
    assert.deepEqual(after(0), { do: 'repost', crashes: 1, because: 'it died' });
    assert.deepEqual(after(1), { do: 'repost', crashes: 2, because: 'it died' });
    assert.deepEqual(after(2), {
      do: 'quarantine',
      crashes: 3,
      because: 'poison: 3 crashes in a row, last: it died',
    });
  });
});
