import assert from 'node:assert/strict';
import { createFailureBook, createTokenBook } from '../../../scheduler/accounts/failure-book.ts';

const NOW = 1_000_000;

describe('the book of failures', () => {
  const failing = (times: number, tried: { address: string; account: string | undefined }) => {
    const book = createFailureBook();
    for (let i = 0; i < times; i++) book.begin(tried, NOW);
    return book;
  };

  it('holds up an account from all addresses, and an address for all accounts', () => {
    const byAccount = failing(6, { address: '192.0.2.1', account: 'ann' });
    assert.equal(byAccount.lockedFor({ address: '192.0.2.2', account: 'ann' }, NOW), 2000);
    assert.equal(byAccount.lockedFor({ address: '192.0.2.1', account: 'ben' }, NOW), 0);
    assert.equal(byAccount.lockedFor({ address: '192.0.2.1', account: undefined }, NOW), 0);
    const byAddress = failing(21, { address: '2001:db8::1', account: undefined });
    assert.equal(byAddress.lockedFor({ address: '2001:db8::2', account: 'ben' }, NOW), 2000);
    assert.equal(byAddress.lockedFor({ address: '2001:db8:0:1::1', account: 'ben' }, NOW), 0);
  });

  it('forgets the failures of an account whose owner came, and not those of the address', () => {
    const tried = { address: '192.0.2.1', account: 'ann' };
    const book = failing(25, tried);
    book.succeed(tried);
    assert.equal(book.lockedFor({ address: '192.0.2.2', account: 'ann' }, NOW), 0);
    // 24 of them count: 2 s, doubled three times.
    assert.equal(book.lockedFor({ address: '192.0.2.1', account: undefined }, NOW), 16_000);
  });

  it('takes back what was not looked at', () => {
    const tried = { address: '192.0.2.1', account: 'ann' };
    const book = failing(6, tried);
    book.takeBack(tried);
    assert.equal(book.lockedFor(tried, NOW), 0);
  });

  it('remembers ten thousand of each, the latest', () => {
    const book = failing(6, { address: '192.0.2.1', account: 'first' });
    for (let i = 0; i < 9_999; i++) book.begin({ address: `198.51.100.${i}`, account: `x${i}` }, NOW);
    assert.equal(book.lockedFor({ address: '192.0.2.2', account: 'first' }, NOW), 2000);
    book.begin({ address: '198.51.100.0', account: 'last' }, NOW);
    assert.equal(book.lockedFor({ address: '192.0.2.2', account: 'first' }, NOW), 0);
  });
});

describe('tokens that were not valid', () => {
  it('hold up their address after twenty, for longer with each that comes after', () => {
    const book = createTokenBook();
    const refuse = (now: number, address = '192.0.2.1'): number => book.refuse(address, now);
    for (let i = 0; i < 21; i++) assert.equal(refuse(NOW), 0);
    assert.equal(refuse(NOW), 2000);
    assert.equal(refuse(NOW + 1999), 1, 'what comes meanwhile does not prolong it');
    assert.equal(refuse(NOW, '192.0.2.2'), 0);
    assert.equal(refuse(NOW + 2000), 0);
    assert.equal(refuse(NOW + 2000), 4000);
  });
});
