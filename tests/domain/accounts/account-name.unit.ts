import assert from 'node:assert/strict';
import { accountNameRule, isAccountName } from '../../../domain/accounts/account-name.ts';

describe('the name of an account', () => {
  it('is of a few characters that look the same everywhere', () => {
    for (const name of ['a', '0', 'ann', 'ann.b-c_d', 'ann@example.org', 'x'.repeat(64)])
      assert.ok(isAccountName(name), name);
    const bad = ['', 'Ann', '.ann', '-ann', '@', 'a b', 'a/b', 'änn', 'ann\n', 'x'.repeat(65), '__proto__'];
    for (const name of bad) assert.ok(!isAccountName(name), JSON.stringify(name));
  });

  it('is none of the actors that are no accounts', () => {
    for (const name of ['local', 'scheduler', 'worker', 'anonymous']) {
      assert.ok(!isAccountName(name), name);
      assert.match(accountNameRule, new RegExp(name));
      assert.ok(isAccountName(`${name}1`), name);
    }
  });
});
