import assert from 'node:assert/strict';
import { identify, identifyByPs, isAlive } from '../../../lib/os/process-stat.ts';
import { killOrphanedGroup, signalGroup, signalProcess } from '../../../lib/os/signal.ts';
import { startBystander } from '../../support/bystander.ts';
import type { Bystander } from '../../support/bystander.ts';

describe('signals', () => {
  let bystander: Bystander;

  beforeEach(async () => {
    bystander = await startBystander();
  });
  afterEach(async () => {
    await bystander.end();
  });

  it('reach the process they are meant for, and its group', async () => {
    assert.equal(signalProcess(bystander.identity, 'SIGTERM'), true);
    assert.equal(signalGroup(bystander.identity, 'SIGHUP'), true);
    const got = await bystander.end();
    assert.deepEqual([got.includes('SIGTERM'), got.includes('SIGHUP')], [true, true]);
  });

  for (const [what, other] of [
    ['another start time', (startTime: string) => startTime.replace(/^\d/, (digit) => `${digit}0`)],
    ['another boot', (startTime: string) => startTime.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
  ] as const) {
    it(`do not reach a process of the same pid with ${what}`, async () => {
      const { pid, startTime } = bystander.identity;
      const meant = { pid, startTime: other(startTime) };
      assert.notEqual(meant.startTime, startTime);
      assert.equal(isAlive(meant), false);
      assert.equal(signalProcess(meant, 'SIGTERM'), false);
      assert.equal(signalGroup(meant, 'SIGKILL'), false);
      assert.equal(await bystander.end(), '');
    });
  }

  it('to an orphaned group spare a group whose leader lives', async () => {
    assert.equal(killOrphanedGroup(bystander.identity.pid), false);
    assert.equal(await bystander.end(), '');
  });
});

describe('the identity of a process', () => {
  it('is told by ps where there is no /proc', async () => {
    const first = await startBystander();
    const known = identifyByPs(first.identity.pid);
    assert.match(known?.startTime ?? '', /^\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}$/);
    assert.deepEqual(identifyByPs(first.identity.pid), known);
    await first.end();
    assert.equal(identifyByPs(first.identity.pid), undefined);
    assert.equal(identify(first.identity.pid), undefined);
  });
});
