import assert from 'node:assert/strict';
import { defineContext, freerunProcess, managedProcess, tree } from '../../../domain/model/define.ts';
import { json, form } from '../support/ask.ts';
import type { Answer, Question } from '../support/ask.ts';
import { PASSWORD, cookieOf, serveGuarded } from '../support/accounts.ts';
import type { Guarded } from '../support/accounts.ts';
import { hasBrowser, openBrowser } from '../support/browser.ts';
import type { Browser, WatchedPage } from '../support/browser.ts';
import { fakeTraffic } from '../support/fake-traffic.ts';
import { MISLEADING, payloads, strangers } from '../support/payloads.ts';

const texts = Object.values(payloads);
/** Those that a header may hold. */
const headerTexts = texts.filter((text) => /^[\x20-\x7e]*$/.test(text));
const LONG = 'W'.repeat(400);
const ALL = texts.join(' ');
/** What titles, addresses and forms are given. */
const given = [ALL, payloads['javascript: link'] ?? '', LONG];

const context = defineContext({
  processes: [
    managedProcess({
      ...{ name: 'Far', qualifier: 'hourly', external: true, concurrency: 1000 },
      description: ALL.slice(0, 500),
    }),
    freerunProcess({ name: 'Loop', identity: true, entries: [{ name: 'open', trigger: 'every 15m' }] }),
  ],
  trees: [tree({ name: 'far', processes: ['Far'], description: ALL.slice(0, 500) })],
});

const unitPath = (id: string): string => `/units/${encodeURIComponent(id)}`;

/** Pages that show what was stored, and addresses that a hostile link may lead to. */
const linked = (text: string): readonly string[] => {
  const value = encodeURIComponent(text);
  return [
    `/journal?entity=${value}`,
    `/schedule?trigger=${value}`,
    `/timetable/${value}`,
    `/jobs/${value}/${value}`,
    `/units/${value}`,
    `/freerun/${value}/${value}`,
    `/actions/${value}`,
    `/actions/fire-freerun?processName=${value}&entryName=${value}`,
    `/actions/add-freerun?processName=${value}`,
    `/nothing/${value}?${value}=${value}`,
    `/users?after=${value}`,
    `/users/role?name=${value}&role=${value}`,
    `/users/add?name=${value}`,
    `/tokens/add?label=${value}&owner=${value}&days=${value}`,
    `/tokens/revoke?id=${value}&label=${value}`,
    `/account/session?id=${value}`,
    `/rejected-reports?uow=${value}`,
    `/login?next=${value}`,
    `/invitation/${value}`,
  ];
};

(hasBrowser() ? describe : describe.skip)('hostile texts in a browser', function () {
  this.timeout(240_000);
  let guarded: Guarded;
  let browser: Browser | undefined;
  let headers: Record<string, string>;
  const units: string[] = [];

  const post = async (path: string, body: object): Promise<Answer> => {
    const sent = json(body);
    return guarded.ask(path, { ...sent, headers: { ...sent.headers, ...headers } });
  };
  const must = async (path: string, body: object): Promise<Answer> => {
    const answer = await post(path, body);
    assert.equal(answer.status, 200, answer.body);
    return answer;
  };
  let commands = 0;
  const command = (body: object, send = must): Promise<Answer> =>
    send('/api/v1/commands', { id: `of-the-test-${++commands}`, ...body });

  /** A worker whose output, errors and late reports are what it likes. */
  const work = async (text: string, hour: number): Promise<void> => {
    const id = [...(await guarded.rig.store.findUows({ states: ['REQUESTED'], limit: 100 }))].find(
      ({ processName }) => processName === 'Far',
    )?.id;
    assert.ok(id !== undefined, `hour ${hour}`);
    const owner = 'box/hostile';
    const claimed = await must('/api/v1/worker/claim', { owner, ids: [id] });
    const [unit] = claimed.json()['units'] as { attempt: number; token: string }[];
    const fence = { id, attempt: unit?.attempt, token: unit?.token };
    const lines = texts
      .flatMap((line) => line.split('\n'))
      .map((line, index) => ({ sequence: index + 1, line }));
    await must('/api/v1/worker/log', { ...fence, lines });
    const report = { owner, ...fence, outcome: 'invalid', error: text };
    await must('/api/v1/worker/complete', { ...report, token: 'another one' });
    await must('/api/v1/worker/complete', report);
    units.push(id);
  };

  before(async () => {
    const clients = texts.slice(0, 15).map((client) => ({ client, requests: 10, bytes: 100 }));
    guarded = await serveGuarded({
      context,
      title: payloads['script']?.slice(0, 40),
      demoPage: () => Promise.resolve({ ...fakeTraffic(), clients }),
    });
    await guarded.addUser('admin');
    const { token } = await guarded.addToken('admin', ['read', 'operate', 'admin', 'work']);
    headers = { Authorization: `Bearer ${token}` };
    const cookie = await guarded.signIn('admin');
    await guarded.rig.tick('Far');
    for (const [index, text] of texts.entries()) {
      const reason = text.trim();
      await work(text, index);
      await command({ kind: 'fire-freerun', processName: 'Loop', entryName: 'open', reason });
      const entry = { processName: 'Loop', entryName: text, trigger: 'every 1h', reason };
      const free = await command({ kind: 'add-freerun', ...entry }, post);
      assert.ok(free.status === 400 || free.status === 200, free.body);
      const named = {
        ...entry,
        entryName: `e${index}`,
        description: reason,
        arguments: { [`k${text}`]: text },
      };
      const added = await command({ kind: 'add-freerun', ...named }, post);
      assert.ok(added.status === 200 || /NUL|\\u0000/.test(added.body), added.body);
      const refused = { kind: 'set-managed', processName: 'Far', trigger: text, reason };
      assert.equal((await command(refused, post)).status, 400);
      await command({ kind: 'set-managed', processName: 'Far', arguments: { of: text }, reason }, post);
      const label = form({ label: reason.slice(0, 100), scopes: 'read', days: '30' });
      const made = await guarded.ask('/tokens/add', {
        ...label,
        headers: { ...label.headers, Cookie: cookie },
      });
      assert.ok(made.status < 500, made.body);
      await assert.rejects(guarded.accounts.users.add({ name: text, role: 'viewer' }, { actor: 'admin' }));
    }
    for (const text of headerTexts) {
      const login: Question = form({ name: 'admin', password: PASSWORD });
      await guarded.ask('/login', { ...login, headers: { ...login.headers, 'User-Agent': text } });
      await guarded.ask('/login', form({ name: text, password: text }));
    }
    browser = await openBrowser(guarded.mx.url);
  });
  afterEach(() => browser?.closePages());
  after(async () => {
    await browser?.close();
    await guarded.close();
  });

  const at = (path: string): string => new URL(path, guarded.mx.url).href;
  const open = (): Promise<WatchedPage> => {
    assert.ok(browser !== undefined);
    return browser.open({ width: 1600, scheme: 'light' });
  };
  const signedIn = async (): Promise<WatchedPage> => {
    const watched = await open();
    const [name = '', value = ''] = cookieOf(
      await guarded.ask('/login', form({ name: 'admin', password: PASSWORD })),
    ).split('=');
    await watched.page.context().addCookies([{ name, value, url: guarded.mx.url }]);
    return watched;
  };
  /** What is wrong with the page as it is now. */
  const faultsOf = async ({ page }: WatchedPage, path: string): Promise<string[]> => {
    const found = await page.evaluate<string[]>(strangers);
    const shown = await page.evaluate<string>('document.title + document.body.innerText');
    const misleading = MISLEADING.exec(shown);
    if (misleading !== null) found.push(`shows U+${misleading[0].codePointAt(0)?.toString(16) ?? ''}`);
    if (await page.evaluate<boolean>('globalThis.ranHere !== undefined')) found.push('ran something');
    if (new URL(page.url()).host !== new URL(guarded.mx.url).host) found.push(`left for ${page.url()}`);
    return found.map((fault) => `${path}: ${fault}`);
  };
  /** But for those that a refused request alone brings. */
  const serious = ({ complaints }: WatchedPage): string[] =>
    complaints.filter((text) => !/status of 4\d\d/.test(text));

  it('are shown as text wherever something is stored of them', async () => {
    const watched = await signedIn();
    const { page } = watched;
    const faults: string[] = [];
    const shows: Readonly<Record<string, readonly string[]>> = {
      '/': [],
      '/timetable': ['script'],
      '/timetable/far': [],
      '/journal': ['script', 'image', 'svg'],
      '/journal?entity=Far': ['form', 'link'],
      '/processes': ['script'],
      '/freerun': ['script', 'frame'],
      '/freerun/Loop/open': ['script'],
      '/freerun/Loop/e0': ['script'],
      '/rejected-reports': ['script', 'svg', 'frame'],
      '/quarantine': [],
      '/traffic': ['script', 'image'],
      '/tokens': ['script', 'image', 'link'],
      '/users': [],
      '/account': [],
      '/audit': ['script'],
      [unitPath(units[0] ?? '')]: Object.keys(payloads).filter((name) => !/control|ends/.test(name)),
      [unitPath(units[1] ?? '')]: ['image'],
      [`/jobs/Far/${/\/(\d{10})/.exec(units[0] ?? '')?.[1] ?? ''}`]: ['script'],
    };
    for (const [path, names] of Object.entries(shows)) {
      const answer = await page.goto(at(path));
      assert.equal(answer?.status(), 200, path);
      await page.evaluate(`for (const part of document.querySelectorAll('details')) part.open = true`);
      const shown = await page.evaluate<string>('document.body.innerText');
      for (const name of names)
        if (!shown.includes(payloads[name]?.trim() ?? '')) faults.push(`${path}: ${name} is not shown`);
      faults.push(...(await faultsOf(watched, path)));
      for (const link of (await page.locator('main a[data-dialog]:visible').all()).slice(0, 3)) {
        await link.click();
        await page.waitForSelector('dialog[open]');
        faults.push(...(await faultsOf(watched, `a dialog of ${path}`)));
        await page.keyboard.press('Escape');
      }
    }
    assert.equal(faults.join('\n'), '');
    assert.equal(serious(watched).join('\n'), '');
  });

  it('are shown as text where an address brings them', async () => {
    const watched = await signedIn();
    const faults: string[] = [];
    for (const path of given.flatMap(linked)) {
      const answer = await watched.page.goto(at(path));
      assert.ok((answer?.status() ?? 500) < 500, path);
      faults.push(...(await faultsOf(watched, path.slice(0, 60))));
    }
    assert.equal(faults.join('\n'), '');
    assert.equal(serious(watched).join('\n'), '');
  });

  it('are shown as text where a form is refused, and lead nowhere else after signing in', async () => {
    const watched = await open();
    const { page } = watched;
    const faults: string[] = [];
    for (const text of texts) {
      await page.context().clearCookies();
      await page.goto(`${at('/login')}?${new URLSearchParams({ next: text }).toString()}`);
      await page.fill('[name=name]', text.replace(/\0/g, ''));
      await page.fill('[name=password]', text.replace(/\0/g, ''));
      await page.click('button.main');
      await page.waitForSelector('[role=alert]');
      faults.push(...(await faultsOf(watched, '/login')));
      guarded.rig.clock.advance(3_600_000);
    }
    await page.fill('[name=name]', 'admin');
    await page.fill('[name=password]', PASSWORD);
    await page.click('button.main');
    await page.waitForURL(at('/'));
    assert.equal(faults.join('\n'), '');
    assert.equal(serious(watched).join('\n'), '');
  });
});
