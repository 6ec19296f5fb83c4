import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { HOUR } from '../../../domain/time/calendar.ts';
import { packageRoot } from '../../../lib/package-info.ts';
import { PASSWORD, serveGuarded } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import type { Browser, Look } from '../support/browser.ts';
import { MARKUP } from '../support/served.ts';
import { violations } from '../support/violations.ts';

const SHOTS = join(packageRoot, 'screenshots');

const looks: readonly [Look, Look] = [
  { width: 1600, scheme: 'light' },
  { width: 400, scheme: 'dark' },
];

const isWider = 'document.documentElement.scrollWidth > innerWidth';

(hasBrowser() ? describe : describe.skip)('accounts in a browser', function () {
  this.timeout(120_000);
  let guarded: Guarded;
  let browser: Browser;
  before(async () => {
    await mkdir(SHOTS, { recursive: true });
    guarded = await serveGuarded();
    for (const role of ['admin', 'operator', 'viewer'] as const) await guarded.addUser(role);
    browser = await openBrowser(guarded.mx.url);
  });
  afterEach(() => browser.closePages());
  after(async () => {
    await browser.close();
    await guarded.close();
  });

  const at = (path: string): string => new URL(path, guarded.mx.url).href;
  const signIn = async (page: Page, name: string, password = PASSWORD, path = '/login'): Promise<void> => {
    await page.context().clearCookies();
    await page.goto(at(path));
    await page.fill('[name=name]', name);
    await page.fill('[name=password]', password);
    await page.click('button.main');
  };
  const pathOf = (page: Page): string => new URL(page.url()).pathname;

  it('signs in, wrong first, and goes on to where it was wanted', async () => {
    const { page, complaints } = await browser.open({ width: 1600, scheme: 'light' });
    await signIn(page, 'viewer', 'not the right one', '/journal?entity=SiteHourly');
    assert.equal(
      await page.textContent('[role=alert]'),
      'there is no account of this name with this password',
    );
    assert.equal(await page.inputValue('[name=name]'), 'viewer');
    await page.fill('[name=password]', PASSWORD);
    await page.click('button.main');
    await page.waitForURL(at('/journal?entity=SiteHourly'));
    assert.equal(await page.textContent('.who'), 'viewer');
    assert.deepEqual(
      complaints.filter((text) => !text.includes('401')),
      [],
    );
  });

  it('shows a viewer nothing that it may not do', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await signIn(page, 'viewer');
    for (const path of [
      '/',
      '/processes',
      '/freerun',
      '/freerun/SessionCollector/open',
      '/jobs/SiteHourly/2015053122',
    ]) {
      await page.goto(at(path));
      assert.equal(await page.locator('[href*="/actions/"]').count(), 0, path);
    }
    await page.goto(at('/account'));
    assert.deepEqual(await page.locator('.tabs a').allTextContents(), ['Account', 'Tokens']);
    assert.equal((await page.goto(at('/users')))?.status(), 403);
    assert.match((await page.textContent('main')) ?? '', /needs the role admin, and viewer is viewer/);
  });

  it('adds an account, whose user sets the password by the link and is signed in', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await signIn(page, 'admin', PASSWORD, '/users');
    await page.click('text=New account');
    await page.fill('dialog [name=name]', 'Upper Case');
    await page.click('dialog button.main');
    await page.waitForSelector('dialog [role=alert]');
    assert.match((await page.textContent('dialog [role=alert]')) ?? '', /cannot name an account/);
    await page.fill('dialog [name=name]', 'nora');
    await page.selectOption('dialog [name=role]', 'operator');
    await page.click('dialog button.main');
    const link = await page.inputValue('dialog [data-secret]');
    assert.ok(link.startsWith(at('/invitation/')), link);
    await page.context().clearCookies();
    await page.goto(link);
    await page.fill('[name=password]', 'as long as this');
    await page.fill('[name=again]', 'as long as that');
    await page.click('button.main');
    assert.match((await page.textContent('[role=alert]')) ?? '', /the two passwords differ/);
    for (const name of ['password', 'again']) await page.fill(`[name=${name}]`, 'as long as this');
    await page.click('button.main');
    await page.waitForURL(at('/'));
    assert.equal(await page.textContent('.who'), 'nora');
    await page.goto(link);
    for (const name of ['password', 'again']) await page.fill(`[name=${name}]`, 'as long as this');
    await page.click('button.main');
    assert.match((await page.textContent('[role=alert]')) ?? '', /the link was used/);
  });

  it('makes a token, which is shown once, and revokes it; markup in its label is text', async () => {
    const { page, complaints } = await browser.open({ width: 1600, scheme: 'light' });
    await signIn(page, 'operator', PASSWORD, '/tokens');
    await page.click('text=New token');
    await page.fill('dialog [name=label]', MARKUP);
    await page.check('dialog [value=operate]');
    await page.click('dialog button.main');
    const token = await page.inputValue('dialog [data-secret]');
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await guarded.ask('/api/v1/overview', { headers })).status, 200);
    await page.goto(at('/tokens'));
    const html = await page.content();
    assert.ok(!html.includes(token) && html.includes('&lt;img src=x'));
    await page.click('main a[href*="/tokens/revoke"]');
    await page.click('dialog button.danger');
    await page.waitForSelector('tr.over');
    assert.equal((await guarded.ask('/api/v1/overview', { headers })).status, 401);
    assert.notEqual(await page.title(), '1');
    assert.deepEqual(complaints, []);
  });

  it('changes the password, and ends the other sessions, pages that are open too', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await guarded.addUser('viewer', 'paul');
    await signIn(page, 'paul');
    const other = await guarded.signIn('paul');
    await page.goto(at('/account'));
    await page.click('text=Change the password');
    await page.fill('dialog [name=current]', PASSWORD);
    for (const name of ['password', 'again']) await page.fill(`dialog [name=${name}]`, 'another long one');
    await page.click('dialog button.main');
    await page.waitForSelector('dialog', { state: 'hidden' });
    assert.equal((await page.goto(at('/account')))?.status(), 200);
    assert.equal((await guarded.ask('/', { headers: { Cookie: other } })).status, 303);
    await page.goto(at('/'));
    await guarded.accounts.sessions.revokeAllOf('paul', { actor: 'admin' });
    await page.waitForURL(/\/login$/, { timeout: 60_000 });
  });

  it('lets no page of another origin change or frame anything, not for an admin either', async () => {
    const { page } = await browser.open({ width: 1600, scheme: 'light' });
    await signIn(page, 'admin');
    await page.waitForURL(at('/'));
    const lure = `<iframe src="${at('/')}"></iframe><form method="post" action="${at('/users/add')}">
      <input name="name" value="mallory"><input name="role" value="admin"><button>Win</button></form>`;
    const foreign = createServer(
      (_request, response) => void response.setHeader('Content-Type', 'text/html').end(lure),
    );
    await once(foreign.listen(0, '127.0.0.1'), 'listening');
    try {
      // Another port of the same host: of the same site, so that the cookie is sent.
      await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`);
      const framed = page.frames()[1];
      assert.ok(framed !== undefined && !(await framed.content()).includes('Timetable'));
      const [answer] = await Promise.all([page.waitForResponse(at('/users/add')), page.click('text=Win')]);
      assert.equal(answer.status(), 403);
      const names = (await guarded.accounts.users.list({ limit: 99 })).map(({ name }) => name);
      assert.ok(!names.includes('mallory'));
    } finally {
      foreign.close();
      foreign.closeAllConnections();
    }
  });

  it('signs out everywhere from another browser: a page that is open there leads to sign-in', async () => {
    await guarded.addUser('operator', 'quinn');
    const other = await openBrowser(guarded.mx.url);
    try {
      const [here, there] = [await browser.open(looks[0]), await other.open(looks[1])];
      for (const { page } of [here, there]) await signIn(page, 'quinn', PASSWORD, '/journal');
      for (const { page } of [here, there]) await page.waitForURL(at('/journal'));
      const cookies = await there.page.context().cookies();
      await here.page.goto(at('/account/sign-out'));
      await here.page.click('button.danger');
      await here.page.waitForURL(at('/login'));
      await there.page.waitForURL(/\/login\?next=%2Fjournal$/, { timeout: 60_000 });
      const left = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      assert.equal((await guarded.ask('/journal', { headers: { Cookie: left } })).status, 303);
      assert.deepEqual(
        await guarded.accounts.sessions
          .list({ limit: 99 })
          .then((all) => all.filter(({ account }) => account === 'quinn')),
        [],
      );
    } finally {
      await other.close();
    }
  });

  it('leads a page to sign-in that was left open for longer than a session lasts without use', async () => {
    const { page } = await browser.open(looks[0]);
    await signIn(page, 'viewer', PASSWORD, '/journal');
    await page.waitForURL(at('/journal'));
    const { clock } = guarded.rig;
    for (let hours = 0; hours < 12; hours += 6) {
      const refreshed = page.waitForResponse((answer) => answer.request().headers()['x-live'] !== undefined);
      clock.advance(6 * HOUR);
      await refreshed;
    }
    await page.waitForURL(/\/login\?next=%2Fjournal$/, { timeout: 60_000 });
  });

  it('signs out', async () => {
    const { page } = await browser.open({ width: 400, scheme: 'light' });
    await signIn(page, 'viewer', PASSWORD, '/account');
    await page.click('text="Sign out"');
    await page.waitForURL(at('/login'));
    await page.goto(at('/'));
    assert.equal(pathOf(page), '/login');
  });

  for (const look of looks) {
    it(`looks right and can be used by all at ${look.width} px, ${look.scheme}`, async () => {
      const { page } = await browser.open(look);
      const faults: string[] = [];
      const see = async (name: string, path: string): Promise<void> => {
        await page.goto(at(path));
        if (await page.evaluate<boolean>(isWider)) faults.push(`${name} is wider than the window`);
        faults.push(...(await violations(page)).map((text) => `${name}: ${text}`));
        await page.screenshot({
          path: join(SHOTS, `${name}-${look.width}-${look.scheme}.png`),
          fullPage: true,
        });
      };
      await page.context().clearCookies();
      await see('login', '/login');
      await see('invitation', `/invitation/${'x'.repeat(43)}`);
      await signIn(page, 'admin');
      await guarded.addToken('admin', ['read', 'work']);
      for (const path of [
        'account',
        'users',
        'tokens',
        'audit',
        'users/add',
        'tokens/add',
        'account/password',
      ])
        await see(path.replace('/', '-'), `/${path}`);
      assert.deepEqual(faults, []);
    });
  }
});
