import assert from 'node:assert/strict';
import { isAtLeast, roles } from '../../../domain/accounts/role.ts';
import { roleFor, scopes } from '../../../domain/accounts/scope.ts';

describe('roles', () => {
  it('have all that the ones before have', () => {
    const table = roles.map((role) => roles.map((needed) => isAtLeast(role, needed)));
    assert.deepEqual(table, [
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  it('are each the least for some scope of a token', () => {
    assert.deepEqual(
      scopes.map((scope) => roleFor[scope]),
      ['viewer', 'operator', 'admin', 'operator', 'viewer'],
    );
  });
});
