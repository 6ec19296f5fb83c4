import assert from 'node:assert/strict';
import { startMx } from '../../mx/server.ts';
import type { Mx } from '../../mx/server.ts';
import type { Trouble } from '../../scheduler/server-health.ts';
import { quietLog } from '../support/rig.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const away: Trouble = { what: 'store', since: Date.UTC(2026, 0, 2), because: 'no route to db1' };

(hasBrowser() ? describe : describe.skip)('an open page while the store is away', function () {
  this.timeout(60_000);
  let served: Served;
  let mx: Mx;
  let browser: Browser;
  let troubles: readonly Trouble[] = [];
  before(async () => {
    served = await serve();
    mx = await startMx({
      apiFor: () => ({
        ...served.api,
        overview: () => (troubles.length > 0 ? new Promise(() => undefined) : served.api.overview()),
      }),
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      troubles: () => troubles,
      host: '127.0.0.1',
      port: 0,
      logger: quietLog,
    });
    browser = await openBrowser(mx.url);
  });
  after(async () => {
    await browser.close();
    await mx.stop();
    await served.close();
  });

  it('says so by itself, and shows its contents by itself when the store is back', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await page.goto(mx.url);
    await page.waitForSelector('#content .facts, #content h1');
    troubles = [away];
    await page.waitForSelector('.problem:has-text("The store has not answered since 2026-01-02")');
    assert.equal(await page.locator('.toast').count(), 0, 'the page says it, nothing else has to');
    assert.equal(new URL(page.url()).pathname, '/');
    troubles = [];
    await page.waitForSelector('.problem', { state: 'detached' });
    await page.waitForSelector('#content:has-text("Last minute")');
  });
});
