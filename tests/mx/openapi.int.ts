import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { defineContext, managedProcess, tree } from '../../domain/model/define.ts';
import { examples } from '../../mx/api/examples.ts';
import { openApiDocument } from '../../mx/api/openapi.ts';
import type { Route } from '../../mx/api/route.ts';
import { routes } from '../../mx/api/routes.ts';
import { readInput } from '../../mx/http/input.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { json } from './support/ask.ts';
import { eventContext, playTriggers } from './support/events.ts';
import { playTwoWeeks, serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

interface Described {
  readonly 'x-role'?: string;
  readonly 'x-scope'?: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

/** Holds an answer to the schema of its route: all fields that it has are told of, and all that are told of are there. */
const holds = (gives: z.ZodType, answer: unknown, what: string): void => {
  const { data, error } = gives.safeParse(answer);
  assert.equal(error?.message, undefined, what);
  assert.deepEqual(data, answer, what);
};

describe('the OpenAPI document', function () {
  this.timeout(60_000);

  it('passes a public linter', () => {
    const file = join(tempFolder(), 'openapi.json');
    writeFileSync(file, JSON.stringify(openApiDocument(routes, '1.2.3')));
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const command = ['node_modules/@redocly/cli/bin/cli.js', 'lint', file, '--format', 'json'];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    const { totals } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { totals: Record<string, number> };
    assert.deepEqual([totals['errors'], totals['warnings']], [0, 0]);
  });

  it('has an example of every endpoint, which it takes and gives', () => {
    assert.deepEqual(Object.keys(examples).sort(), routes.map(nameOf).sort());
    for (const route of routes) {
      const {
        params = {},
        query = {},
        body,
        bodies = { one: body },
        answer,
      } = examples[nameOf(route)] ?? assert.fail();
      readInput(route.params, params, 'path');
      readInput(route.query, query, 'query');
      for (const one of Object.values(bodies))
        if (route.body !== undefined) readInput(route.body, one, 'body');
      assert.equal(
        route.method === 'post',
        Object.values(bodies).every((one) => one !== undefined),
      );
      holds(route.gives, answer, nameOf(route));
    }
  });

  it('says with which codes an endpoint refuses, and who may call it', () => {
    const { paths } = openApiDocument(routes, '1.2.3') as {
      paths: Record<string, Record<string, Described>>;
    };
    const execute = paths['/commands']?.['post'] ?? assert.fail();
    assert.match(execute.responses['412']?.description ?? '', /`VERSION_CHANGED`/);
    assert.match(execute.responses['409']?.description ?? '', /`CONFLICT`.*`PLAN_CHANGED`/);
    assert.match(execute.responses['413']?.description ?? '', /`BODY_TOO_LARGE`/);
    assert.match(paths['/uows/{id}']?.['get']?.responses['404']?.description ?? '', /`NOT_FOUND`/);
    for (const [path, methods] of Object.entries(paths))
      for (const [method, described] of Object.entries(methods))
        assert.ok(described['x-role'], `${method} ${path}`);
    const demand = ({ 'x-role': role, 'x-scope': scope }: Described) => [role, scope];
    assert.deepEqual(demand(execute), ['operator', 'operate']);
    assert.deepEqual(demand(paths['/ws']?.['get'] ?? assert.fail()), ['viewer', 'read']);
    assert.deepEqual(demand(paths['/worker/{process}']?.['get'] ?? assert.fail()), ['operator', 'work']);
  });

  describe('tells what endpoints answer with', () => {
    let served: Served;
    afterEach(() => served.close());

    const check = async (route: Route, path: string, body?: object): Promise<unknown> => {
      const question = body === undefined ? {} : json(body);
      const { status, json: answer } = await served.ask(`/api/v1${path}`, question);
      assert.equal(status, 200, `${path}: ${JSON.stringify(answer())}`);
      holds(route.gives, answer(), path);
      return answer();
    };
    const of = (name: string): Route => routes.find((route) => nameOf(route) === name) ?? assert.fail(name);

    it('who reads and commands', async () => {
      served = await serve(Date.UTC(2015, 4, 17));
      await playTwoWeeks(served.rig);
      const unit = (await served.rig.uow('SiteHourly', '2015053117')).id;
      const report = { id: unit, attempt: 1, token: 'stolen', event: 'complete' as const };
      await served.rig.store.report(
        'pine',
        [{ ...report, processed: 1, aggregated: 0, error: null, retryAt: null }],
        9,
      );
      await check(of('post /trigger-secrets/{owner}/{name}'), '/trigger-secrets/local/billing', {
        ...{ value: 'a token', reason: 'a test' },
      });
      const fixed: Record<string, string> = {
        tree: 'site',
        process: 'SiteHourly',
        timeperiod: '2015053117',
        entry: 'open',
      };
      for (const route of routes.filter(
        ({ method, path }) => method === 'get' && !/^\/(?:worker|triggers|executions)/.test(path),
      )) {
        const names = route.path.startsWith('/freerun') ? { ...fixed, process: 'SessionCollector' } : fixed;
        const path = route.path
          .replace('{id}', encodeURIComponent(unit))
          .replace(/\{(\w+)\}/g, (_, name: string) => names[name] ?? '');
        const answer = await check(route, path.endsWith('/plan') ? `${path}?kind=reprocess` : path);
        if (route.isList && !path.endsWith('/children'))
          assert.ok((answer as { items: unknown[] }).items.length > 0, `${path} has rows to be checked`);
      }
      await check(of('get /jobs/{process}/{timeperiod}/children'), '/jobs/SiteDaily/2015053100/children');
      await check(of('get /jobs/{process}/{timeperiod}'), '/jobs/SiteMonthly/2015050000');
      const command = { kind: 'fire-managed', processName: 'SiteHourly', reason: 'a test' };
      await check(of('post /commands'), '/commands', command);
    });

    it('who reads and tries event triggers', async () => {
      served = await serve(undefined, eventContext());
      const { failed } = await playTriggers(served.rig);
      const range = '?from=2001-01-01T00:00:00Z';
      for (const route of routes.filter(({ path }) => /^\/(?:triggers|executions)/.test(path))) {
        if (route.method === 'post' || route.givesLines) continue;
        const path = route.path
          .replace('/executions/{id}', `/executions/${encodeURIComponent(failed)}`)
          .replace('{owner}/{id}', 'local/nightly-report');
        const answer = await check(route, path.endsWith('/resend') ? path + range : path);
        if (route.isList) assert.ok((answer as { items: unknown[] }).items.length > 0, path);
      }
      await check(of('post /triggers/preview'), '/triggers/preview', { schedule: 'every 1h' });
      const tried = { target: { url: 'https://example.org/' }, reason: 'a test' };
      await check(of('post /triggers/{owner}/{id}/test'), '/triggers/local/new/test', tried);
    });

    it('workers in other languages', async () => {
      served = await serve(
        undefined,
        defineContext({
          processes: [
            managedProcess({ name: 'Outside', qualifier: 'hourly', external: true, concurrency: 2 }),
          ],
          trees: [tree({ name: 'outside', processes: ['Outside'] })],
        }),
      );
      const owner = 'box/test';
      await served.rig.tick('Outside');
      await check(of('get /worker/{process}'), '/worker/Outside');
      const { units } = (await check(of('post /worker/take'), '/worker/take', {
        processName: 'Outside',
        owner,
        waitMs: 0,
      })) as {
        units: { id: string; attempt: number; token: string }[];
      };
      const { id, attempt, token } = units[0] ?? assert.fail();
      await check(of('post /worker/claim'), '/worker/claim', { owner, ids: [id] });
      await check(of('post /worker/heartbeat'), '/worker/heartbeat', { owner, units: [{ id, token }] });
      const fence = { id, attempt, token };
      await check(of('post /worker/log'), '/worker/log', { ...fence, lines: [{ sequence: 1, line: 'a' }] });
      await check(of('post /worker/progress'), '/worker/progress', { ...fence, done: 1, total: 2 });
      await check(of('post /worker/complete'), '/worker/complete', { owner, ...fence, outcome: 'processed' });
    });
  });
});
