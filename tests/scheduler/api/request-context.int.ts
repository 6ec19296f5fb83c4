import assert from 'node:assert/strict';
import { casesContext } from '../../support/context.ts';
import { openRig } from '../../support/rig.ts';
import type { Rig } from '../../support/rig.ts';

const hour = { processName: 'SiteHourly', timeperiod: '2015053122' };

describe('the interface on behalf of a request', () => {
  let rig: Rig;
  let client: AbortController;
  beforeEach(async () => {
    rig = await openRig(casesContext({}));
    client = new AbortController();
  });
  afterEach(() => rig.close());

  it('records who asks, in the command and in the journal', async () => {
    const api = rig.apiFor({ actor: 'bob', signal: client.signal });
    const { actor } = await api.execute({ kind: 'skip', ...hour, reason: 'no data' });
    const [row] = await rig.store.journal({ entityId: 'SiteHourly/2015053122', limit: 1 });
    assert.deepEqual([actor, row?.actor, row?.reason], ['bob', 'user bob', 'no data']);
  });

  it('breaks a long read off at its next look at the store when the client is gone', async () => {
    const api = rig.apiFor({ actor: 'bob', signal: client.signal });
    const asked: string[] = [];
    const findUows = rig.store.findUows.bind(rig.store);
    const countUows = rig.store.countUows.bind(rig.store);
    rig.store.findUows = (filter) => {
      asked.push('findUows');
      client.abort();
      return findUows(filter);
    };
    rig.store.countUows = () => {
      asked.push('countUows');
      return countUows();
    };
    await assert.rejects(api.overview(), { name: 'AbortError' });
    assert.deepEqual(asked, ['findUows']);
    asked.length = 0;
    await rig.api.overview();
    assert.ok(asked.includes('countUows'), 'another client reads on');
  });

  it('carries a command out whose client is gone', async () => {
    client.abort();
    const api = rig.apiFor({ actor: 'bob', signal: client.signal });
    const { state } = await api.execute({ kind: 'skip', ...hour });
    assert.deepEqual([state, rig.state(hour.processName, hour.timeperiod)], ['done', 'SKIPPED']);
  });
});
