import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { extname } from 'node:path';
import { SynergyError } from '../../domain/errors.ts';
import { startMx } from '../../mx/server.ts';
import { ask, form, json } from './support/ask.ts';
import type { Question } from './support/ask.ts';
import { MARKUP, playTwoWeeks, serve } from './support/served.ts';
import type { Served } from './support/served.ts';
import { quietLog } from '../support/rig.ts';

const skip = {
  kind: 'skip',
  processName: 'SiteHourly',
  timeperiod: '2015053122',
  reason: 'a test',
  planHash: 'seen before',
};

describe('access to the dashboard', () => {
  let served: Served;
  before(async () => {
    served = await serve(Date.UTC(2015, 4, 17));
    await playTwoWeeks(served.rig);
  });
  after(() => served.close());

  const code = async (path: string, question: Question): Promise<[number, unknown]> => {
    const answer = await served.ask(path, question);
    return [answer.status, answer.json()['code']];
  };
  const withHeaders = (question: Question, headers: Record<string, string>): Question => ({
    ...question,
    headers: { ...question.headers, ...headers },
  });

  it('opens to the names of the loopback only', async () => {
    const { port } = new URL(served.mx.url);
    const host = async (name: string): Promise<number> =>
      (await served.ask('/health', { headers: { Host: name } })).status;
    for (const name of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
      assert.equal(await host(name), 200, name);
    for (const name of [
      'evil.example',
      `evil.example:${port}`,
      'localhost',
      'localhost:1',
      `127.0.0.1.evil.example:${port}`,
      `localhost:${port}@evil`,
    ]) {
      assert.equal(await host(name), 421, name);
    }
  });

  it('refuses to listen elsewhere, and says so when the port is taken', async () => {
    const options = {
      apiFor: served.rig.apiFor,
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      logger: quietLog,
    };
    await assert.rejects(
      startMx({ ...options, host: '0.0.0.0', port: 0 }),
      new SynergyError(
        'INVALID_SETTING',
        "the dashboard cannot listen on '0.0.0.0' as it is, since passwords would travel in the clear: set mxTlsCert and mxTlsKey, or mxProxy where a proxy ends TLS, and mxPublicUrl; or keep mxHost 127.0.0.1",
      ),
    );
    const port = Number(new URL(served.mx.url).port);
    await assert.rejects(startMx({ ...options, host: '127.0.0.1', port }), {
      code: 'PORT_IN_USE',
      message: /--mx-port/,
    });
  });

  it('goes on when connections cannot be taken, and writes it to the log', async () => {
    const told: string[] = [];
    const mx = await startMx({
      apiFor: served.rig.apiFor,
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      host: '127.0.0.1',
      port: 0,
      logger: { ...quietLog, error: (text) => told.push(text) },
    });
    const servers: Server[] = [];
    const note = (message: unknown): void => void servers.push((message as { server: Server }).server);
    subscribe('http.server.request.start', note);
    try {
      const health = async (): Promise<number> => (await ask(new URL('/health', mx.url).href)).status;
      assert.equal(await health(), 200);
      for (let count = 0; count < 2; count++) servers[0]!.emit('error', new Error('accept EMFILE'));
      assert.deepEqual(told, ['dashboard: accept EMFILE', 'dashboard: accept EMFILE']);
      assert.equal(await health(), 200);
    } finally {
      unsubscribe('http.server.request.start', note);
      await mx.stop();
    }
  });

  it('takes changes from its own pages and from programs, not from other sites', async () => {
    const post = { ...json({ ...skip, timeperiod: 'malformed!' }) };
    const own = served.mx.url.slice(0, -1);
    for (const headers of [
      {},
      { 'Sec-Fetch-Site': 'same-origin', Origin: own },
      { 'Sec-Fetch-Site': 'none' },
    ]) {
      assert.deepEqual(await code('/api/v1/commands', withHeaders(post, headers)), [
        400,
        'INVALID_TIMEPERIOD',
      ]);
    }
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:1' },
    ]) {
      assert.deepEqual(
        await code('/api/v1/commands', withHeaders(post, headers)),
        [403, 'CROSS_ORIGIN'],
        JSON.stringify(headers),
      );
      assert.equal((await served.ask('/actions/skip', withHeaders(form(skip), headers))).status, 403);
    }
  });

  it('changes nothing by GET, and knows no other method than GET, HEAD and POST', async () => {
    assert.equal((await served.ask('/api/v1/commands?kind=skip')).status, 400);
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      assert.deepEqual(await code('/api/v1/commands', { method }), [405, 'METHOD_NOT_ALLOWED'], method);
    }
    assert.equal((await served.ask('/', { method: 'HEAD' })).status, 200);
  });

  it('reads JSON only, of a size that makes sense', async () => {
    assert.deepEqual(await code('/api/v1/commands', form(skip)), [415, 'UNSUPPORTED_MEDIA_TYPE']);
    assert.deepEqual(
      await code('/api/v1/commands', { ...json(skip), headers: { 'Content-Type': 'text/plain' } }),
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
    );
    assert.deepEqual(await code('/api/v1/commands', json('{"kind":')), [400, 'BAD_REQUEST']);
    assert.deepEqual(await code('/api/v1/commands', json({ ...skip, reason: 'x'.repeat(70_000) })), [
      413,
      'BODY_TOO_LARGE',
    ]);
  });

  it('refuses keys it does not know, in queries and bodies, on pages and endpoints', async () => {
    for (const path of [
      '/?x=1',
      '/timetable?x=1',
      '/journal?before=0',
      '/journal?before=a',
      '/processes?__proto__=1',
      '/api/v1/overview?x=1',
      '/api/v1/journal?limit=0',
      '/api/v1/journal?limit[$ne]=1',
      '/actions/skip?constructor=1',
      '/actions/explode',
    ]) {
      assert.equal((await served.ask(path)).status, 400, path);
    }
    for (const extra of [{ actor: 'root' }, { state: 'PROCESSED' }, { on: true }]) {
      assert.deepEqual(
        await code('/api/v1/commands', json({ ...skip, ...extra })),
        [400, 'BAD_REQUEST'],
        JSON.stringify(extra),
      );
    }
    assert.equal(
      (await served.ask('/actions/skip', form({ ...skip, reason: 'r', actor: 'root' }))).status,
      400,
    );
  });

  it('refuses values that are not the scalar they should be', async () => {
    for (const value of [{ $ne: '' }, ['SiteHourly'], 1, null, true, '']) {
      assert.deepEqual(
        await code('/api/v1/commands', json({ ...skip, processName: value })),
        [400, 'BAD_REQUEST'],
        JSON.stringify(value),
      );
    }
  });

  it('refuses keys that reach for a prototype, at any depth', async () => {
    const bodies = [
      '{"kind":"fire-managed","processName":"SiteHourly","__proto__":{"polluted":1}}',
      '{"kind":"set-managed","processName":"SiteHourly","arguments":{"__proto__":{"polluted":1}}}',
      '{"kind":"set-managed","processName":"SiteHourly","arguments":{"a":[{"constructor":{"prototype":{"polluted":1}}}]}}',
    ];
    for (const body of bodies)
      assert.deepEqual(await code('/api/v1/commands', json(body)), [400, 'BAD_REQUEST'], body);
    const dialog = await served.ask(
      '/actions/set-managed',
      form({ processName: 'SiteHourly', reason: 'r', arguments: '{"__proto__":{"polluted":1}}' }),
    );
    assert.equal(dialog.status, 400);
    assert.equal(
      (await served.ask('/actions/skip', { ...form({}), body: '__proto__=1&reason=r' })).status,
      400,
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('shows markup in logs, names and errors as text', async () => {
    const failed = encodeURIComponent((await served.rig.uow('SiteHourly', '2015053117')).id);
    for (const path of [
      `/units/${failed}`,
      '/jobs/SiteHourly/2015053117',
      '/jobs/AlertDaily/2015060100',
      '/processes',
    ]) {
      const { status, body } = await served.ask(path);
      assert.equal(status, 200, path);
      assert.ok(
        !body.includes('<img src=x') && !body.includes('<script>document'),
        `${path} lets markup through`,
      );
    }
    const missing = await served.ask(`/jobs/${encodeURIComponent(MARKUP)}/2015060100`);
    assert.equal(missing.status, 404);
    assert.ok(!missing.body.includes('<img src=x'));
    assert.ok(missing.body.includes('&lt;img src=x'));
  });

  it('sends a policy that allows no inline script, and no header that harms plain HTTP', async () => {
    for (const path of ['/', '/nothing-here', '/api/v1/overview']) {
      const { headers } = await served.ask(path);
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self'(;|$)/);
      assert.doesNotMatch(policy, /unsafe|upgrade-insecure|http|\*/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'same-origin');
      assert.equal(headers['strict-transport-security'], undefined);
      assert.equal(headers['x-powered-by'], undefined);
    }
  });

  it('serves the files of its list and no others', async () => {
    const { body } = await served.ask('/');
    const paths = [...body.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    assert.ok(paths.length >= 5);
    const types: Record<string, string> = {
      '.css': 'text/css; charset=utf-8',
      '.js': 'text/javascript; charset=utf-8',
      '.svg': 'image/svg+xml',
      '.woff2': 'font/woff2',
    };
    const style = await served.ask(
      paths.find((path) => path.startsWith('/assets/app.') && path.endsWith('.css'))!,
    );
    const fonts = [...style.body.matchAll(/'(\/assets\/[^']+)'/g)].map(([, path]) => path ?? '');
    assert.deepEqual(new Set([...paths, ...fonts].map(extname)), new Set(Object.keys(types)));
    for (const path of [...paths, ...fonts]) {
      const { status, headers } = await served.ask(path);
      assert.equal(status, 200, path);
      assert.match(headers['cache-control'] ?? '', /immutable/);
      assert.equal(headers['content-type'], types[extname(path)], path);
    }
    for (const path of [
      '/assets/app.css',
      '/assets/../package.json',
      '/assets/%2e%2e%2fpackage.json',
      '/assets/..%5cpackage.json',
      '/assets/app.css%00',
      '/package.json',
    ]) {
      assert.equal((await served.ask(path)).status, 404, path);
    }
  });

  it('tells nothing of an error that was not foreseen', async () => {
    const broken = await startMx({
      apiFor: () => ({
        ...served.api,
        trees: () => {
          throw new Error('password=hunter2');
        },
      }),
      clock: served.rig.clock,
      timetableClock: served.rig.clock,
      host: '127.0.0.1',
      port: 0,
      logger: quietLog,
    });
    try {
      const { status, headers, ...answer } = await ask(new URL('/api/v1/trees', broken.url).href);
      assert.equal(status, 500);
      assert.match(headers['content-type'] ?? '', /problem\+json/);
      assert.equal(answer.json()['code'], 'INTERNAL');
      assert.ok(!answer.body.includes('hunter2'));
    } finally {
      await broken.stop();
    }
  });
});
