import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '../support/free-port.ts';
import { synergy } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { hasBrowser, openBrowser } from './support/browser.ts';
import type { Browser, Look } from './support/browser.ts';
import { violations } from './support/violations.ts';

/** A target that a person breaks and mends. */
const openTarget = async () => {
  let isBroken = false;
  const failed = new Set<string>();
  const again = new Set<string>();
  let look: () => void = () => undefined;
  const server: Server = createServer((request, response) => {
    const id = String(request.headers['webhook-id']);
    if (isBroken) failed.add(id);
    else if (request.headers['synergy-occasion'] === 'hand' && failed.has(id)) again.add(id);
    response.writeHead(isBroken ? 503 : 200).end(isBroken ? 'the queue is full' : 'thanks');
    look();
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    break: () => {
      isBroken = true;
      failed.clear();
      again.clear();
    },
    mend: () => {
      isBroken = false;
    },
    /** Resolves when the target has taken so many of the messages that it had refused, sent again by hand. */
    untilTaken: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (again.size >= count) resolve();
        };
        look();
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const looks: readonly Look[] = [
  { width: 1600, scheme: 'light' },
  { width: 400, scheme: 'dark' },
];

(hasBrowser() ? describe : describe.skip)('a person at the pages of event triggers', function () {
  this.timeout(120_000);
  let installation: Run;
  let target: Awaited<ReturnType<typeof openTarget>>;
  let browser: Browser;
  let address: string;
  before(async () => {
    target = await openTarget();
    const port = await freePort();
    const options = ['--events', '--event-allow', '127.0.0.1', '--mx-port', String(port)];
    installation = synergy(tempFolder(), 'start', ...options);
    await installation.line(/^dashboard: /);
    address = `http://127.0.0.1:${port}`;
    browser = await openBrowser(address);
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser.close();
    installation.child.kill('SIGINT');
    await installation.ended;
    target.close();
  });

  for (const look of looks)
    it(`makes a trigger, tries it, breaks its target, and sends again what was lost, at ${look.width} px`, async () => {
      const { page, complaints } = await browser.open(look);
      page.setDefaultTimeout(20_000);
      const fits = async (): Promise<void> => {
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= look.width, `${page.url()} is ${width} px wide`);
        assert.deepEqual(await violations(page), [], page.url());
      };

      await page.goto(`${address}/triggers`);
      await page.click('text="New trigger"');
      await page.fill('[name=every]', '2');
      await page.selectOption('[name=unit]', 'seconds');
      await page.waitForSelector('#preview .words >> text=/^Every 2 seconds/');
      assert.equal(await page.locator('#preview .next li').count(), 10);
      assert.equal(await page.inputValue('[name=schedule]'), 'every 2s');
      await page.fill('[name=epsilon]', '3s');
      await page.waitForSelector('#warn-epsilon >> text=/longer than the time between two firings/');
      await page.fill('[name=url]', target.url);
      await page.fill('[name=name]', `Story ${look.width}`);
      await page.click('text="Send a test now"');
      await page.waitForSelector('.tested .got >> text=/200/');
      assert.match(await page.innerText('.tested'), /Its target has taken it/);
      await fits();
      await page.click('text="Create trigger"');

      const rows = page.locator('[aria-labelledby=h-executions] tbody tr');
      await page.waitForSelector(`h1 >> text="Story ${look.width}"`);
      await rows.filter({ hasText: 'Delivered' }).first().waitFor();
      target.break();
      await rows.filter({ hasText: 'Failed' }).first().waitFor();
      await fits();
      await page.click('[aria-label="Executions by outcome"] >> text="Failed"');
      await rows.first().locator('a').first().click();
      await page.waitForSelector('.notice >> text=/It failed/');
      assert.match(await page.innerText('.attempts'), /503[^]*the queue is full/);
      await fits();

      await page.goBack();
      await page.click('[aria-label="Executions by outcome"] >> text="All"');
      target.mend();
      await rows.first().filter({ hasText: 'Delivered' }).waitFor();
      await page.click('text="Resend all that failed"');
      const plan = await page.innerText('dialog .lead >> text=/, planned from/');
      await page.fill('dialog [name=reason]', 'the target is back');
      await page.click('dialog button.main');
      await page.waitForSelector('.toast.good');
      await target.untilTaken(Number(/^(\d+) messages? to/.exec(plan)?.[1]));
      await rows.filter({ hasText: 'by hand' }).first().waitFor();

      await page.click('.buttons >> text="Delete"');
      await page.fill('dialog [name=reason]', 'the story is over');
      await page.click('dialog button >> text="Delete"');
      await page.waitForURL(/\/triggers$/);
      assert.deepEqual(complaints, []);
    });
});
