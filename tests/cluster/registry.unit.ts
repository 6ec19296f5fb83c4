import assert from 'node:assert/strict';
import { openMembershipDriver } from '../../cluster/registry.ts';
import type { DriverOptions } from '../../cluster/registry.ts';
import type { SynergyError } from '../../domain/errors.ts';
import { memberOn } from './open-member.ts';

const optionsOf = (shared: boolean, timeout = 3_000): DriverOptions => ({
  cluster: 'c',
  timeout,
  store: {
    capabilities: { atomicGroups: true, shared, commitLog: null },
    beatMember: () => Promise.resolve(),
    leaveMember: () => Promise.resolve(),
    liveMembers: () => Promise.resolve([]),
  },
});

const refuses = (address: string, options: DriverOptions, message: RegExp): Promise<void> =>
  assert.rejects(openMembershipDriver(address, options), (error: SynergyError) => {
    assert.equal(error.code, 'INVALID_SETTING');
    assert.match(error.message, message);
    return true;
  });

describe('the registry of membership', () => {
  it('has services of a store that several boxes may share meet there, and others alone', async () => {
    assert.equal((await openMembershipDriver('auto', optionsOf(true))).name, 'store');
    assert.equal((await openMembershipDriver('auto', optionsOf(false))).name, 'local');
    assert.equal((await openMembershipDriver('store', optionsOf(false))).name, 'store');
  });

  it('refuses a driver that there is not, and shows no password', () =>
    refuses(
      'zookeeper://ann:hunter2@zk:2181',
      optionsOf(true),
      /^cluster 'zookeeper:\/\/ann:\*\*\*@zk.*expected one of/,
    ));

  it('refuses a time-out that the server cannot keep', () =>
    refuses(
      'store',
      optionsOf(true, 500),
      /^memberTimeout 500ms is too short for store: expected at least 1s$/,
    ));

  it('has a service that is alone see itself until it leaves', async () => {
    const local = await openMembershipDriver('local', optionsOf(false));
    const self = memberOn('oak');
    await local.beat(self);
    assert.deepEqual(await local.list(), [self]);
    await local.leave(self);
    assert.deepEqual(await local.list(), []);
  });
});
