import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pages } from '../../mx/pages/registry.ts';
import { packageRoot } from '../../lib/package-info.ts';
import { quarantine } from '../support/quarantine.ts';
import type { Rig } from '../support/rig.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser, Look, WatchedPage } from './support/browser.ts';
import { finishAll, playTwoWeeks, serve } from './support/served.ts';
import type { Served } from './support/served.ts';
import { violations } from './support/violations.ts';

const SHOTS = join(packageRoot, 'screenshots');
const FAILED = { job: '/jobs/SiteHourly/2015053117', unit: '/units/SiteHourly%2F2015053117%231' };
const DONE = '/jobs/SiteHourly/2015052910';

/** One path, at least, for every page of the registry. */
const examples: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/': { overview: '/' },
  '/timetable': { timetable: '/timetable' },
  '/timetable/:tree': { tree: '/timetable/client' },
  '/timetable/:tree/:process/:timeperiod': { tile: '/timetable/site/SiteDaily/2015053100' },
  '/jobs/:process/:timeperiod': {
    'job-failed': FAILED.job,
    'job-waiting': '/jobs/SiteDaily/2015060100',
    'job-done': DONE,
  },
  '/units/:id': { unit: FAILED.unit },
  '/quarantine': { quarantine: '/quarantine' },
  '/processes': { processes: '/processes' },
  '/freerun': { freerun: '/freerun' },
  '/freerun/:processName/:entryName': { entry: '/freerun/SessionCollector/open' },
  '/nodes': { nodes: '/nodes' },
  '/journal': { journal: '/journal', 'journal-entry': '/journal?entity=SessionCollector%3Aopen' },
  '/rejected-reports': { rejected: '/rejected-reports' },
  '/traffic': { traffic: '/traffic' },
  '/schedule': { schedule: '/schedule?trigger=every+15m' },
  '/actions/:kind': {
    'action-reprocess': '/actions/reprocess?processName=SiteHourly&timeperiod=2015052910',
    'action-add': '/actions/add-freerun',
    'action-release': '/actions/release-uow?uowId=SiteHourly%2F2015053117%231',
  },
};

/** A unit of the freerun entry, so that the timetable stays as it was played. */
const quarantineOne = async (rig: Rig): Promise<void> => {
  const entry = { processName: 'SessionCollector', entryName: 'open' };
  await rig.api.execute({ kind: 'fire-freerun', ...entry });
  const { relatedUow } = await rig.services.freerun.get(entry.processName, entry.entryName);
  await quarantine(rig, relatedUow ?? '');
};

/** `examined`: by axe as well, which takes a while. */
const looks: readonly (Look & { readonly examined?: true })[] = [
  { width: 1600, scheme: 'light' },
  { width: 1600, scheme: 'dark' },
  { width: 1280, scheme: 'light', examined: true },
  { width: 400, scheme: 'light' },
  { width: 400, scheme: 'dark', examined: true },
];

/** What is wider than what holds it: tiles, and state diagrams where there is room for them. */
const cutOff = ({ width }: Look): string =>
  `[...document.querySelectorAll('.tiles .tile${width > 860 ? ', .machine' : ''}')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.title || box.className)`;

(hasBrowser() ? describe : describe.skip)('the dashboard in a browser', function () {
  this.timeout(120_000);
  let served: Served;
  let browser: Browser;
  before(async () => {
    await mkdir(SHOTS, { recursive: true });
    served = await serve(Date.UTC(2015, 4, 17));
    await playTwoWeeks(served.rig);
    await quarantineOne(served.rig);
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
  const opened = async (
    path: string,
    look: Look = { width: 1600, scheme: 'light' },
  ): Promise<WatchedPage> => {
    const watched = await browser.open(look);
    await visit(watched, path);
    return watched;
  };

  it('has an example of every page here', () => {
    // Those of event triggers: see triggers.e2e.ts.
    const shown = pages.filter(({ path }) => !/^\/(triggers|executions)\b/.test(path));
    assert.deepEqual(Object.keys(examples).sort(), shown.map(({ path }) => path).sort());
  });

  for (const look of looks) {
    it(`fits ${look.width} px in ${look.scheme}, without a complaint`, async () => {
      const watched = await browser.open(look);
      for (const [name, path] of Object.values(examples).flatMap((paths) => Object.entries(paths))) {
        await visit(watched, path);
        const width = await watched.page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= look.width, `${path} is ${width} px wide`);
        assert.deepEqual(await watched.page.evaluate(cutOff(look)), [], `${path}: cut off or over its edge`);
        const nested = await watched.page
          .locator(':is(summary, a, button) :is(a, button, input, select)')
          .count();
        assert.equal(nested, 0, `${path}: what can be pressed within what can be pressed`);
        if (look.examined) assert.deepEqual(await violations(watched.page), [], path);
        await watched.page.screenshot({
          path: join(SHOTS, `${name}-${look.width}-${look.scheme}.png`),
          fullPage: true,
        });
      }
      assert.deepEqual(watched.complaints, []);
    });
  }

  it('sends little: the first visit of the main page stays below 300 kB', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.clearBrowserCache');
    let bytes = 0;
    client.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto(served.mx.url, { waitUntil: 'load' });
    await page.waitForFunction(
      `document.fonts.status === 'loaded' && document.documentElement.dataset.link === 'live'`,
    );
    assert.ok(bytes > 20_000 && bytes < 300_000, `${bytes} bytes`);
  });

  it('opens a period of the timetable in place, keeps its address, and walks by arrow keys', async () => {
    const { page, complaints } = await opened('/timetable');
    await page.evaluate('window.sameDocument = true');
    await page.click('#band-site-daily .tile >> text="1"');
    await page.waitForURL('**/timetable/site/SiteDaily/2015060100');
    assert.match((await page.textContent('#band-site-hourly > p')) ?? '', /hours of 1 Jun 2015/);
    assert.match((await page.textContent('#panel-client .focus')) ?? '', /1 Jun 2015/);
    const stops = await page.locator('a.tile:not([tabindex="-1"])').count();
    assert.equal(
      stops,
      await page.locator('.band:has(a.tile)').count(),
      'one step of the tab key for each band',
    );
    await page.focus('#band-site-hourly a.tile >> nth=3');
    await page.keyboard.press('ArrowRight');
    assert.match(await page.evaluate<string>('document.activeElement.title'), /1 Jun 2015, 04:00/);
    assert.equal(await page.evaluate('window.sameDocument'), true);
    await page.goBack();
    await page.waitForURL('**/timetable');
    assert.deepEqual(complaints, []);
  });

  it('shows the current state of a job in a narrow window', async () => {
    const { page } = await opened(DONE, { width: 400, scheme: 'light' });
    const [state, box] = await Promise.all(
      ['.machine .lit', '.machine'].map((part) => page.locator(part).boundingBox()),
    );
    assert.ok(state && box);
    assert.ok(state.x >= box.x && state.x + state.width <= box.x + box.width, JSON.stringify({ state, box }));
  });

  it('says of a finished unit that it wrote nothing, not that it has yet to', async () => {
    const { page } = await opened('/units/SiteHourly%2F2015052910%231');
    assert.equal(await page.textContent('[aria-labelledby=h-log] .empty'), 'It wrote nothing.');
  });

  it('keeps the theme that was chosen', async () => {
    const { page } = await opened('/processes');
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await page.click('[data-theme-toggle]');
    const dark = await background();
    assert.notEqual(dark, light);
    await page.goto(new URL('/journal', served.mx.url).href);
    assert.equal(await background(), dark);
    await page.click('[data-theme-toggle]');
    assert.equal(await background(), light);
  });

  it('reprocesses an hour after a preview, by clicking, and shows what follows without a reload', async () => {
    const { page, complaints } = await opened(DONE);
    await page.evaluate('window.sameDocument = true');
    await page.click('text="Reprocess"');
    await page.waitForSelector('dialog[open] .plan');
    const plan = (await page.textContent('dialog .plan')) ?? '';
    for (const name of ['SiteHourly', 'SiteDaily', 'ClientDaily', 'AlertDaily'])
      assert.ok(plan.includes(name), name);
    await page.screenshot({ path: join(SHOTS, 'dialog-1600-light.png') });
    await page.click('dialog button.main');
    assert.equal(await page.isVisible('dialog[open]'), true, 'sent without a reason');
    await page.fill('dialog [name=reason]', 'late lines of the 29th');
    await page.click('dialog button.main');
    await page.waitForSelector('.toast.good');
    await page.waitForSelector('.badge:has-text("Requested"), .badge:has-text("In progress")');
    assert.equal(await page.isVisible('dialog[open]'), false);
    assert.equal(served.rig.state('SiteHourly', '2015052910'), 'IN_PROGRESS');
    await finishAll(served.rig, ['SiteHourly/2015060122']);
    await page.waitForSelector('.badge:has-text("Processed")');
    assert.match((await page.textContent('.story')) ?? '', /late lines of the 29th/);
    assert.equal(await page.evaluate('window.sameDocument'), true);
    assert.deepEqual(complaints, []);
  });

  it('shows the new plan when the timetable moved on, and keeps what was typed', async () => {
    const { page } = await opened('/jobs/SiteHourly/2015052911');
    await page.click('text="Reprocess"');
    await page.fill('dialog [name=reason]', 'typed before');
    await served.api.execute({
      kind: 'reprocess',
      processName: 'SiteHourly',
      timeperiod: '2015052912',
    });
    await page.click('dialog button.main');
    await page.waitForSelector('dialog .notice');
    assert.match((await page.textContent('dialog .notice')) ?? '', /changed/);
    assert.equal(await page.inputValue('dialog [name=reason]'), 'typed before');
    await page.click('dialog button.main');
    await page.waitForSelector('.toast.good');
  });

  it('leaves what a person opened open while it refreshes', async () => {
    const { page, complaints } = await opened('/processes');
    await page.click('#p-SiteMonthly summary .name');
    await served.api.execute({
      kind: 'set-managed',
      processName: 'SiteMonthly',
      trigger: 'every 7m',
    });
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await page.waitForSelector('#p-SiteMonthly >> text="every 7m"');
    assert.equal(await page.isVisible('#p-SiteMonthly .more'), true);
    assert.deepEqual(complaints, []);
  });

  it('creates, switches off and removes a freerun entry by clicking', async () => {
    const { page, complaints } = await opened('/freerun');
    const confirm = async (reason: string): Promise<void> => {
      await page.fill('dialog [name=reason]', reason);
      await page.click('dialog form button');
      await page.waitForSelector('dialog[open]', { state: 'hidden' });
    };
    await page.click('text="New entry"');
    await page.waitForSelector('dialog [name=entryName]:focus');
    await page.keyboard.type('late');
    await page.fill('dialog [name=trigger]', 'nonsense');
    await page.waitForSelector('dialog .preview .error-line');
    await page.fill('dialog [name=trigger]', 'every 2h');
    await page.waitForSelector('dialog .preview li >> nth=4');
    await page.screenshot({ path: join(SHOTS, 'dialog-new-entry-1600-light.png') });
    await page.fill('dialog [name=trigger]', 'nonsense');
    await page.fill('dialog [name=reason]', 'first try');
    await page.click('dialog form button');
    await page.waitForSelector('dialog .notice');
    await page.fill('dialog [name=trigger]', 'every 1h');
    await confirm('evening sessions');
    await page.waitForSelector('#e-SessionCollector-late');
    await page.click('#e-SessionCollector-late .switch');
    await confirm('not needed');
    await page.waitForSelector('#e-SessionCollector-late .switch:not(.on)');
    await page.click('#e-SessionCollector-late .name');
    await page.waitForURL('**/freerun/SessionCollector/late');
    await page.click('text="Remove"');
    await confirm('gone for good');
    await page.waitForSelector('h1 + .badge >> text="Removed"');
    assert.match(
      (await page.textContent('section:has(#h-history)')) ?? '',
      /On.*Off.*Removed.*gone for good|Removed.*gone for good/s,
    );
    assert.equal(await page.locator('.page-head .buttons').count(), 0);
    await page.click('text="Freerun" >> nth=0');
    await page.waitForURL('**/freerun');
    assert.equal(await page.locator('#e-SessionCollector-late').count(), 0);
    // The browser logs every answer of 4xx, and the nonsense was answered with one.
    assert.deepEqual(
      complaints.filter((text) => !text.includes('status of 400')),
      [],
    );
  });
});
