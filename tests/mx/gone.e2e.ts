import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-info.ts';
import { startMx } from '../../mx/server.ts';
import type { Mx } from '../../mx/server.ts';
import { quietLog } from '../support/rig.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const SHOTS = join(packageRoot, 'screenshots');
const NOTE = '#stale:not([hidden])';

(hasBrowser() ? describe : describe.skip)('an open page whose scheduler is gone', function () {
  this.timeout(60_000);
  let served: Served;
  let browser: Browser;
  let mx: Mx;
  const clock = { now: () => Date.now() };
  const begin = (port: number): Promise<Mx> =>
    startMx({
      apiFor: served.rig.apiFor,
      clock,
      timetableClock: clock,
      host: '127.0.0.1',
      port,
      logger: quietLog,
    });
  before(async () => {
    await mkdir(SHOTS, { recursive: true });
    served = await serve();
    mx = await begin(0);
    browser = await openBrowser(mx.url);
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser.close();
    await mx.stop();
    await served.close();
  });
  const comeBack = async (): Promise<void> => void (mx = await begin(Number(new URL(mx.url).port)));

  for (const width of [1600, 400]) {
    it(`is dated and dimmed with its actions off at ${width} px, and goes on by itself`, async () => {
      const { page } = await browser.open({ width, scheme: 'light' });
      await page.goto(new URL('/freerun', mx.url).href);
      await page.waitForSelector('html[data-link=live]');
      await page.evaluate('window.sameDocument = true');
      await mx.stop();
      await page.waitForSelector(NOTE);
      await page.screenshot({ path: join(SHOTS, `gone-${width}-light.png`) });
      const note = (await page.textContent(NOTE)) ?? '';
      assert.match(
        note,
        /^As of \d\d:\d\d:\d\d UTC\. The scheduler has not been reachable since \d\d:\d\d:\d\d UTC/,
      );
      assert.match(note, /synergy start/);
      assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('main')).opacity`), '0.5');
      assert.equal(await page.evaluate('document.documentElement.dataset.link'), 'lost');
      const buttons = await page.locator('main button:enabled').count();
      assert.equal(buttons, 0, 'every action is off');

      const time = await page.textContent('[data-time]');
      // It asks every two seconds: two questions later, a clock that went on would show another time.
      for (let asked = 0; asked < 2; asked++) await page.waitForRequest('**/health');
      assert.equal(await page.textContent('[data-time]'), time, 'the clock stands');
      for (const link of ['.rail a[href="/journal"]', 'main a >> nth=0']) {
        await page.click(link);
        assert.equal(new URL(page.url()).pathname, '/freerun');
      }
      assert.equal(await page.evaluate('window.sameDocument'), true);

      await comeBack();
      await page.waitForSelector('html[data-link=live]');
      await page.waitForSelector('#stale', { state: 'hidden' });
      assert.equal(await page.evaluate('window.sameDocument'), true);
      assert.equal(await page.locator('main button:disabled').count(), 0);
      await page.click('.rail a[href="/journal"]');
      await page.waitForURL('**/journal');
    });
  }

  it('sends nothing from a dialog that was open, and lets it be sent afterwards', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'dark' });
    await page.goto(new URL('/freerun', mx.url).href);
    await page.waitForSelector('html[data-link=live]');
    await page.click('text="New entry"');
    await page.fill('dialog [name=reason]', 'typed before');
    await mx.stop();
    await page.waitForSelector(NOTE, { state: 'attached' });
    assert.equal(await page.isDisabled('dialog form button'), true);
    await page.press('dialog [name=reason]', 'Enter');
    await page.screenshot({ path: join(SHOTS, 'gone-dialog-1600-dark.png') });
    await comeBack();
    await page.waitForSelector('html[data-link=live]');
    assert.equal(await page.isDisabled('dialog form button'), false);
    assert.equal(await page.inputValue('dialog [name=reason]'), 'typed before');
  });
});
