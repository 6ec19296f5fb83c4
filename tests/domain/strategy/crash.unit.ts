import assert from 'node:assert/strict';
import { afterCrash, mostLostLeases } from '../../../domain/strategy/crash.ts';

describe('a lost lease', () => {
  it('says less against a unit of a handler, whose own crashes its worker would tell', () => {
    const handler = { kind: 'handler', module: 'x', exportName: 'default', isolation: 'host' } as const;
    assert.equal(mostLostLeases({ worker: handler }, 3), 9);
    assert.equal(mostLostLeases({ worker: { kind: 'external' } }, 3), 3);
    assert.equal(mostLostLeases({ worker: { kind: 'identity' } }, 3), 3);
  });
});

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
