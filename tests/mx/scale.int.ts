import assert from 'node:assert/strict';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

/** Medians on this machine are a few milliseconds; the bound leaves room for a loaded one. Milliseconds. */
const BOUND = 400;
const MAX_HTML = 220_000;

describe('pages over 100,000 jobs', () => {
  let served: Served;
  before(async () => {
    served = await serve(Date.UTC(2004, 0, 1));
  });
  after(() => served.close());

  const best = async (path: string): Promise<{ ms: number; bytes: number }> => {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < 4; round++) {
      const before = performance.now();
      const { status, body } = await served.ask(path);
      times.push(performance.now() - before);
      assert.equal(status, 200, path);
      bytes = body.length;
    }
    return { ms: Math.min(...times), bytes };
  };

  it('are as many as that', () => {
    const jobs = served.api
      .trees()
      .flatMap(({ processes }) => processes.flatMap(({ counts }) => Object.values(counts)));
    assert.ok(jobs.reduce((sum, count) => sum + count, 0) > 100_000);
  });

  for (const path of [
    '/',
    '/timetable',
    '/timetable/site/SiteDaily/2009070100',
    '/jobs/SiteYearly/2009000000',
    '/processes',
    '/journal',
  ]) {
    it(`answer quickly and stay small: ${path}`, async () => {
      const { ms, bytes } = await best(path);
      assert.ok(ms < BOUND, `${path} took ${ms} ms at best`);
      assert.ok(bytes < MAX_HTML, `${path} has ${bytes} bytes`);
    });
  }

  it('say what they leave out', async () => {
    const { body } = await served.ask('/timetable/alert');
    assert.match(body, /62 shown, there are more/);
    assert.match(body, /← earlier/);
  });
});
