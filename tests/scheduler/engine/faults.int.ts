import assert from 'node:assert/strict';
import { casesContext } from '../../support/context.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

describe('the turn loop under faults', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await openRig(casesContext({}));
  });
  afterEach(() => rig.close());

  const broken = (): Promise<never> => Promise.reject(new Error('store away'));

  it('goes on with every job whose write failed, even when reading it again fails at first', async () => {
    const commit = rig.store.commit.bind(rig.store);
    const job = rig.store.job.bind(rig.store);
    rig.store.commit = () => {
      rig.store.commit = commit;
      return broken();
    };
    rig.store.job = () => {
      rig.store.job = job;
      return broken();
    };
    await rig.tick('SiteHourly');
    assert.equal(rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
  });

  it('starts what waits for a job whose end was written with an unknown outcome', async () => {
    await rig.tick('SiteHourly');
    await rig.finish('SiteHourly', '2015053122');
    const commit = rig.store.commit.bind(rig.store);
    rig.store.commit = async (groups) => {
      rig.store.commit = commit;
      await commit(groups);
      return broken();
    };
    await rig.tick('SiteDaily');
    await rig.finish('SiteHourly', '2015053123');
    assert.equal(rig.state('SiteHourly', '2015053123'), 'PROCESSED');
    assert.equal(rig.state('SiteDaily', '2015053100'), 'IN_PROGRESS');
  });

  it('tells of an outage once, and once that it is over', async () => {
    const lines: string[] = [];
    const note = (text: string): void => void lines.push(text);
    await rig.close();
    rig = await openRig(casesContext({}), { log: { info: note, warn: note, error: note } });
    const uows = rig.store.uows.bind(rig.store);
    let failures = 0;
    rig.store.uows = () => {
      if (++failures === 3) rig.store.uows = uows;
      return broken();
    };
    await rig.tick('SiteHourly');
    assert.equal(failures, 3);
    assert.deepEqual(lines, [
      'cannot carry out what is decided, trying again: Error: store away',
      'can carry out what is decided again',
    ]);
  });

  it('answers a caller that asks in the moment of its stop', async () => {
    const { turnLoop } = rig.services;
    const asked = turnLoop.exclusive(() => Promise.resolve());
    const stopping = turnLoop.stop();
    await assert.rejects(asked, { code: 'STOPPED' });
    await stopping;
  });
});
