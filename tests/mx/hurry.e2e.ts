import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Page, Route } from 'playwright-core';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser } from './support/browser.ts';
import { finishAll, serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const DONE = '/jobs/SiteHourly/2015053122';

/** Whether htmx had bound the dialog's new content when `selector` could first be seen in it. */
const boundWhenSeen = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate<boolean>(`new Promise((resolve) => {
    const dialog = document.getElementById('dialog');
    let bound = false;
    dialog.addEventListener('htmx:load', () => (bound = true));
    new MutationObserver((_, observer) => {
      if (document.querySelector('${selector}') === null) return;
      observer.disconnect();
      resolve(bound);
    }).observe(dialog, { subtree: true, childList: true, attributes: true });
  })`);

/** Requests of a page to addresses that match, held back until the test lets them go. */
const hold = async (page: Page, pattern: string | RegExp): Promise<{ next: () => Promise<Route> }> => {
  const held: Route[] = [];
  const arrivals = new EventTarget();
  await page.route(pattern, (route) => {
    held.push(route);
    arrivals.dispatchEvent(new Event('held'));
  });
  return {
    next: async () => {
      if (held.length === 0) await once(arrivals, 'held', { signal: AbortSignal.timeout(10_000) });
      return held.shift() as Route;
    },
  };
};

const tellDone = (page: Page): Promise<unknown> =>
  page.evaluate(`document.dispatchEvent(new CustomEvent('done', { detail: { text: 'told by the test' } }))`);

(hasBrowser() ? describe : describe.skip)('the dashboard in a hurry', function () {
  this.timeout(60_000);
  let served: Served;
  let browser: Browser;
  before(async () => {
    served = await serve();
    await finishAll(served.rig);
    browser = await openBrowser(served.mx.url);
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser.close();
    await served.close();
  });

  const opened = async (path: string): Promise<Page> => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await page.goto(new URL(path, served.mx.url).href);
    return page;
  };

  it('shows a form when it is ready: what is typed at once stays where it was typed', async () => {
    const page = await opened('/freerun');
    const shown = boundWhenSeen(page, 'dialog[open]');
    await page.click('text="New entry"');
    assert.equal(await shown, true, 'shown before it was ready');
    await page.fill('dialog [name=reason]', 'an entry without a name');
    const refused = boundWhenSeen(page, 'dialog .notice');
    await page.click('dialog form button');
    assert.equal(await refused, true, 'shown again before it was ready');
  });

  it('sends a form once, however often it is sent', async () => {
    const page = await opened(DONE);
    let sent = 0;
    page.on('request', (request) => (sent += Number(request.method() === 'POST')));
    await page.click('text="Reprocess"');
    await page.fill('dialog [name=reason]', 'twice');
    const posts = await hold(page, /\/actions\/reprocess$/);
    await page.dblclick('dialog button.main');
    await (await posts.next()).continue();
    await page.waitForSelector('.toast.good');
    assert.equal(sent, 1);
  });

  it('asks for the dialog that was clicked last', async () => {
    const page = await opened('/freerun');
    const dialogs = await hold(page, /\/actions\//);
    await page.click('text="New entry"');
    const first = await dialogs.next();
    const forgotten = page.waitForEvent('requestfailed');
    await page.click('#e-SessionCollector-open .switch');
    const second = await dialogs.next();
    assert.equal((await forgotten).url(), first.request().url());
    await second.continue();
    await page.waitForSelector('dialog[open] h1:has-text("Switch off")');
  });

  it('goes to the period that was clicked last', async () => {
    const page = await opened('/timetable');
    const periods = await hold(page, /\/timetable\/site\//);
    await page.click('#band-site-daily a.tile >> nth=0');
    const first = await periods.next();
    const forgotten = page.waitForEvent('requestfailed');
    await page.click('#band-site-monthly a.tile >> nth=0');
    const second = await periods.next();
    assert.equal((await forgotten).url(), first.request().url());
    await second.continue();
    await page.waitForURL('**/timetable/site/SiteMonthly/**');
  });

  it('refreshes again when something changed during a refresh', async () => {
    const page = await opened('/processes');
    const refreshes = await hold(page, /\/processes$/);
    await tellDone(page);
    const early = await refreshes.next();
    const before = await early.fetch();
    await served.api.execute({
      kind: 'set-managed',
      processName: 'SiteMonthly',
      trigger: 'every 7m',
    });
    await tellDone(page);
    await early.fulfill({ response: before });
    await (await refreshes.next()).continue();
    await page.waitForSelector('#p-SiteMonthly >> text="every 7m"', { state: 'attached', timeout: 5000 });
  });
});
