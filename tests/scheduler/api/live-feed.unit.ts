import assert from 'node:assert/strict';
import type { LiveEvent } from '../../../scheduler/api/live-event.ts';
import { createLiveFeed } from '../../../scheduler/api/live-feed.ts';

const job = (timeperiod: string) => ({ processName: 'SiteHourly', timeperiod });

describe('the live feed', () => {
  const open = (): {
    feed: ReturnType<typeof createLiveFeed>;
    errors: string[];
    next: () => Promise<LiveEvent>;
  } => {
    const errors: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (text: string) => errors.push(text) };
    const feed = createLiveFeed(log);
    const next = (): Promise<LiveEvent> =>
      new Promise((resolve) => {
        const unsubscribe = feed.subscribe((event) => {
          unsubscribe();
          resolve(event);
        });
      });
    return { feed, errors, next };
  };

  it('gathers what changes within a moment, in one event', async () => {
    const { feed, next } = open();
    const told = next();
    feed.add([job('2015053122')]);
    feed.add([job('2015053123')]);
    assert.deepEqual(await told, {
      sequence: 1,
      topic: 'jobs',
      changed: [job('2015053122'), job('2015053123')],
    });
    const again = next();
    feed.add([job('2015060100')]);
    assert.deepEqual(await again, { sequence: 2, topic: 'jobs', changed: [job('2015060100')] });
  });

  it('keeps nothing without a listener', async () => {
    const { feed, next } = open();
    feed.add([job('2015053122')]);
    const told = next();
    feed.add([job('2015053123')]);
    assert.deepEqual((await told).changed, [job('2015053123')]);
  });

  it('tells all others, now and later, when one listener throws, and logs it', async () => {
    const { feed, errors, next } = open();
    feed.subscribe(() => {
      throw new Error('the page is broken');
    });
    for (const timeperiod of ['2015053122', '2015053123']) {
      const told = next();
      feed.add([job(timeperiod)]);
      assert.deepEqual((await told).changed, [job(timeperiod)]);
    }
    assert.equal(errors.length, 2);
    assert.match(errors[0] ?? '', /the page is broken/);
  });
});
