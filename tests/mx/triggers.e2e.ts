import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../lib/package-info.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser, Look, WatchedPage } from './support/browser.ts';
import { eventContext, playExecution, playTriggers } from './support/events.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';
import { violations } from './support/violations.ts';

const SHOTS = join(packageRoot, 'screenshots');

const looks: readonly Look[] = [
  { width: 1600, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 400, scheme: 'light' },
];

(hasBrowser() ? describe : describe.skip)('event triggers in a browser', function () {
  this.timeout(120_000);
  let served: Served;
  let browser: Browser;
  let failed: string;
  before(async () => {
    await mkdir(SHOTS, { recursive: true });
    served = await serve(Date.UTC(2015, 4, 31, 22), eventContext(), { hasTriggers: true });
    ({ failed } = await playTriggers(served.rig));
    browser = await openBrowser(served.mx.url);
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser.close();
    await served.close();
  });

  const visit = async ({ page }: WatchedPage, path: string): Promise<void> => {
    await page.goto(new URL(path, served.mx.url).href);
    await page.waitForFunction(`document.fonts.status === 'loaded'`);
  };
  const shot = ({ page }: WatchedPage, name: string, { width, scheme }: Look): Promise<unknown> =>
    page.screenshot({ path: join(SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });

  for (const look of looks) {
    it(`fit ${look.width} px in ${look.scheme}, without a complaint`, async () => {
      const watched = await browser.open(look);
      const pages = {
        triggers: '/triggers',
        'triggers-failing': '/triggers?state=failing',
        trigger: '/triggers/local/nightly-report',
        'trigger-change': '/triggers/local/nightly-report/change',
        'trigger-new': '/triggers/new',
        execution: `/executions/${encodeURIComponent(failed)}`,
        'overview-events': '/',
      };
      for (const [name, path] of Object.entries(pages)) {
        await visit(watched, path);
        const width = await watched.page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= look.width, `${path} is ${width} px wide`);
        assert.deepEqual(await violations(watched.page), [], path);
        await shot(watched, name, look);
      }
      assert.deepEqual(watched.complaints, []);
    });
  }

  it('are made from the form, which tells the next ten firings and what is wrong while one types', async () => {
    const look = { width: 1600, scheme: 'light' } as const;
    const watched = await browser.open(look);
    const { page, complaints } = watched;
    await visit(watched, '/triggers');
    await page.click('text="New trigger"');
    await page.fill('[name=schedule]', 'R/2027-01-31T10:00:00Z/P1M');
    await page.waitForSelector('#preview .words >> text=/last day/');
    assert.equal(await page.locator('#preview .next li').count(), 10);
    await page.fill('[name=epsilon]', '2h');
    await page.waitForSelector('#preview .words >> text=/up to 2 hours late/');
    await page.fill('[name=schedule]', 'R/2027-02-30T10:00:00Z/P1M');
    await page.waitForSelector('#preview .error-line');
    await page.fill('[name=schedule]', 'every 15m');
    await page.fill('[name=payload]', '{"days": }');
    await page.fill('[name=name]', 'Quarterly');
    await page.click('text="Create trigger"');
    await page.waitForSelector('#bad-payload');
    assert.equal(await page.locator('#bad-url').count(), 1);
    assert.equal(await page.inputValue('[name=name]'), 'Quarterly');
    assert.equal(await page.locator('#preview .next li').count(), 10);
    await shot(watched, 'trigger-refused', look);
    await page.fill('[name=payload]', '{"days": 7}');
    await page.fill('[name=url]', 'https://example.org/hook');
    await page.click('text="Create trigger"');
    await page.waitForSelector('h1 >> text="Quarterly"');
    assert.equal(await page.locator('.next li').count(), 10);
    // What was refused is told of by the browser too.
    assert.deepEqual(
      complaints.filter((text) => !text.includes('status of 400')),
      [],
    );
  });

  it('are fired, paused and deleted from their page, which shows it by itself', async () => {
    const watched = await browser.open({ width: 1600, scheme: 'light' });
    const { page, complaints } = watched;
    await visit(watched, '/triggers/local/heartbeat');
    const rows = page.locator('[aria-labelledby=h-executions] tbody tr');
    const before = await rows.count();
    await page.click('text="Fire now"');
    await page.fill('dialog [name=reason]', 'to try it');
    await page.click('dialog button >> text="Fire now"');
    await rows.nth(before).waitFor();
    await page.click('.buttons .switch');
    await page.fill('dialog [name=reason]', 'too loud');
    await page.click('dialog button >> text="Pause"');
    await page.waitForSelector('.notice >> text=/too loud/');
    await page.click('.buttons >> text="Delete"');
    await page.fill('dialog [name=reason]', 'not needed');
    await page.click('dialog button >> text="Delete"');
    await page.waitForURL(/\/triggers$/);
    assert.equal(await page.locator('text="heartbeat"').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('send a failed execution again from its page', async () => {
    const watched = await browser.open({ width: 1600, scheme: 'light' });
    const { page, complaints } = watched;
    const before = (await served.api.trigger({ owner: 'local', id: 'nightly-report' })).executions.length;
    await visit(watched, `/executions/${encodeURIComponent(failed)}`);
    await page.click('text="Send again"');
    await page.fill('dialog [name=reason]', 'the target is back');
    await page.click('dialog button >> text="Send again"');
    await page.waitForSelector('.toast.good');
    const { executions } = await served.api.trigger({ owner: 'local', id: 'nightly-report' });
    assert.deepEqual([executions.length, executions[0]?.arguments['first']], [before + 1, failed]);
    assert.deepEqual(complaints, []);
  });

  it('show an execution in the list as it is fired', async () => {
    const watched = await browser.open({ width: 1600, scheme: 'light' });
    await visit(watched, '/triggers');
    await watched.page.waitForSelector('[data-link=live]');
    await playExecution(served.rig, 'month-end', { event: 'cancel', error: '410 Gone: no such shop' });
    await served.rig.services.turnLoop.report([]);
    await watched.page.waitForSelector('.error-line >> text=/no such shop/');
  });
});
