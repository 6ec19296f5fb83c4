import assert from 'node:assert/strict';
import { withMethods } from '../support/collections.ts';
import { managedSpec } from '../../db/collections.ts';
import { startMx } from '../../mx/server.ts';
import type { Mx } from '../../mx/server.ts';
import type { Trouble } from '../../scheduler/server-health.ts';
import { quietLog } from '../support/rig.ts';
import { ask, form } from './support/ask.ts';
import type { Answer, Question } from './support/ask.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const since = Date.UTC(2026, 0, 2, 3, 4, 5);
const noStore: Trouble = { what: 'store', since, because: 'no route to db1' };
const noQueue: Trouble = { what: 'queue', since, because: 'no route to the broker' };

/** How a store is away: it never answers, or with an unexpected error. */
const silence = (): Promise<never> => new Promise(() => undefined);
const failure = (): Promise<never> => Promise.reject(new Error('socket hang up'));

describe('the dashboard while a server is away', () => {
  let served: Served;
  let mx: Mx;
  let troubles: Trouble[];
  /** In place of what is read of the store. */
  let reading: (() => Promise<never>) | undefined;
  before(async () => {
    served = await serve();
    mx = await startMx({
      apiFor: () => ({
        ...served.api,
        overview: () => (reading ?? served.api.overview)(),
        status: () => (reading ?? served.api.status)(),
      }),
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      troubles: () => troubles,
      host: '127.0.0.1',
      port: 0,
      logger: quietLog,
    });
  });
  after(async () => {
    await mx.stop();
    await served.close();
  });
  beforeEach(() => {
    troubles = [];
    reading = undefined;
  });

  const look = (path: string, question?: Question): Promise<Answer> =>
    ask(new URL(path, mx.url).href, question);
  const sentence = /The store has not answered since 2026-01-02 03:04:05 UTC.* no route to db1/;

  for (const [how, answer] of Object.entries({ 'says nothing': silence, fails: failure })) {
    it(`answers with a page of status 503 that comes back by itself where the store ${how}`, async () => {
      [troubles, reading] = [[noStore], answer];
      const { status, body } = await look('/');
      assert.equal(status, 503);
      assert.match(body, sentence);
      assert.match(body, /data-poll="3"/);
      assert.doesNotMatch(body, /data-still|socket hang up|at \//);
    });

    it(`answers programs with 503 and the reason where the store ${how}`, async () => {
      [troubles, reading] = [[noStore], answer];
      for (const path of ['/api/v1/overview', '/ready']) {
        const { status, json } = await look(path);
        assert.equal(status, 503, path);
        assert.equal(json()['code'], 'STORE_UNREACHABLE');
        assert.match(String(json()['detail']), sentence);
      }
    });
  }

  it('notices a store that falls silent while it is being asked', async () => {
    reading = silence;
    const answer = look('/');
    troubles = [noStore];
    assert.equal((await answer).status, 503);
  });

  it('still shows what it knows by itself, under a banner', async () => {
    troubles = [noStore, noQueue];
    const { status, body } = await look('/processes');
    assert.equal(status, 200);
    const banners = [...body.matchAll(/<p class="notice" role="alert">([^<]*)/g)].map(([, text]) => text);
    assert.equal(banners.length, 2);
    assert.match(banners[0] ?? '', sentence);
    assert.match(banners[1] ?? '', /The queue has not answered/);
  });

  it('shows no banner while both answer', async () => {
    const { status, body } = await look('/');
    assert.equal(status, 200);
    assert.doesNotMatch(body, /class="notice" role="alert"/);
  });

  it('is alive all the while', async () => {
    [troubles, reading] = [[noStore], silence];
    assert.equal((await look('/health')).status, 200);
  });

  it('says 500 for what has nothing to do with a server', async () => {
    reading = failure;
    assert.equal((await look('/')).status, 500);
  });

  it('does not wait for the depth of queues that are away', async () => {
    const depth = served.rig.queue.depth.bind(served.rig.queue);
    served.rig.queue.depth = silence;
    troubles = [noQueue];
    const { status, json } = await look('/api/v1/processes');
    assert.equal(status, 200);
    assert.equal((json()['items'] as { queueDepth: unknown }[])[0]?.queueDepth, null);
    served.rig.queue.depth = depth;
  });

  it('tells a person who acts that the store is away', async () => {
    const { store } = served.rig;
    const collection = store.collection.bind(store);
    let giveUp: (error: Error) => void = () => undefined;
    const put = (): Promise<void> => new Promise((_, reject) => (giveUp = reject));
    Object.assign(store, withMethods(store, managedSpec, { put }));
    troubles = [noStore];
    const fields = { processName: 'SiteDaily', trigger: 'every 9m', reason: 'faster' };
    const { status, body } = await look('/actions/set-managed', form(fields));
    assert.equal(status, 503);
    assert.match(body, sentence);
    giveUp(new Error('timed out'));
    store.collection = collection;
  });
});
