import assert from 'node:assert/strict';
import type { JsonObject } from '../../../domain/model/process.ts';
import { readGroupRoles, readProvidedUser, roleOf } from '../../../domain/accounts/provider.ts';

const names = { name: 'preferred_username', groups: 'groups' };

describe('users of an OpenID provider', () => {
  it('have roles by their groups', () => {
    assert.deepEqual(readGroupRoles('admins=admin, on call =operator,*=viewer'), {
      ...{ admins: 'admin', 'on call': 'operator', '*': 'viewer' },
    });
    for (const wrong of ['', 'admins', 'admins=root', '=viewer', 'a=viewer,', 'a=viewer,b'])
      assert.equal(readGroupRoles(wrong), undefined, wrong);
    assert.deepEqual(readGroupRoles('a=b=viewer'), undefined);
  });

  it('have the highest role of all their groups', () => {
    const groupRoles = { ops: 'operator', admins: 'admin', staff: 'viewer' } as const;
    assert.equal(roleOf(['staff', 'ops'], groupRoles), 'operator');
    assert.equal(roleOf(['ops', 'staff'], groupRoles), 'operator');
    assert.equal(roleOf('admins', groupRoles), 'admin');
    assert.equal(roleOf(['other', 7, null], groupRoles), undefined);
    assert.equal(roleOf(undefined, groupRoles), undefined);
    assert.equal(roleOf({ ops: true }, groupRoles), undefined);
    assert.equal(roleOf(undefined, { ...groupRoles, '*': 'viewer' }), 'viewer');
    assert.equal(roleOf(['ops'], { ...groupRoles, '*': 'viewer' }), 'operator');
    assert.equal(roleOf(['constructor'], groupRoles), undefined);
  });

  it('are read from claims, or it is said what is amiss', () => {
    const roles = { ops: 'operator' } as const;
    assert.deepEqual(readProvidedUser({ preferred_username: 'Ann', groups: ['ops'] }, names, roles), {
      ...{ name: 'ann', role: 'operator' },
    });
    const problemOf = (claims: JsonObject): string => {
      const read = readProvidedUser(claims, names, roles);
      return 'problem' in read ? read.problem : '';
    };
    assert.match(
      problemOf({ preferred_username: 'Ann Other', groups: ['ops'] }),
      /'preferred_username'.*"Ann Other".*set oidcNameClaim/,
    );
    assert.match(problemOf({ groups: ['ops'] }), /undefined.*set oidcNameClaim/);
    assert.match(
      problemOf({ preferred_username: 'ann', groups: ['x'] }),
      /no group of 'ann' has a role here.*\["x"\]; set oidcRoles/,
    );
  });
});
