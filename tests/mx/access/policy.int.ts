import assert from 'node:assert/strict';
import express, { Router } from 'express';
import { authorized, demand, isAllowed } from '../../../mx/access/authorize.ts';
import { policy } from '../../../mx/access/policy.ts';
import { checkPolicy, sealRoutes } from '../../../mx/access/seal.ts';
import { definePage } from '../../../mx/pages/page.ts';
import type { Page } from '../../../mx/pages/page.ts';
import { pages } from '../../../mx/pages/registry.ts';
import { startMx } from '../../../mx/server.ts';
import type { SchedulerApi } from '../../../scheduler/api/api.ts';
import { commandKinds } from '../../../scheduler/commands/command-table.ts';
import { quietLog } from '../../support/rig.ts';
import { serve } from '../support/served.ts';
import type { Served } from '../support/served.ts';

const viewer = { actor: 'vera', role: 'viewer' } as const;
const operator = { actor: 'otto', role: 'operator' } as const;
const admin = { actor: 'anna', role: 'admin' } as const;

describe('the policy table', () => {
  let served: Served;
  before(async () => {
    served = await serve();
  });
  after(() => served.close());

  it('keeps the dashboard from starting with a page that has no row', async () => {
    const planted = definePage({
      path: '/planted',
      open: () => Promise.reject(new Error('not to be opened')),
    });
    (pages as Page[]).push(planted);
    try {
      await assert.rejects(
        startMx({
          apiFor: served.rig.apiFor,
          clock: served.rig.clock,
          timetableClock: served.rig.clock,
          host: '127.0.0.1',
          port: 0,
          logger: quietLog,
        }),
        /mx\/access\/policy\.ts does not fit: 'GET \/planted' has no row/,
      );
    } finally {
      (pages as Page[]).pop();
    }
  });

  it('finds routes wherever they were added, and rows that are of nothing', () => {
    const app = express();
    const inner = Router();
    inner.post('/planted', (_request, response) => void response.end());
    app.use(inner);
    const rest = Object.keys(policy).filter((name) => !name.startsWith('command '));
    const guards: string[] = [];
    const seal = (elsewhere: readonly string[]): void =>
      sealRoutes(app, (name) => (guards.push(name), (_request, _response, next) => next()), elsewhere);
    assert.throws(() => seal(rest), /'POST \/planted' has no row/);
    assert.throws(
      () => seal(rest.slice(1)),
      /the row 'GET \/assets\/\{\*file\}' is of nothing that there is/,
    );
    assert.deepEqual(guards, []);
    const hidden = express();
    hidden.use('/below', inner);
    assert.throws(() => sealRoutes(hidden, () => () => undefined, rest), /mount it at '\/'/);
    const other = express();
    other.put('/x', () => undefined);
    assert.throws(
      () => sealRoutes(other, () => () => undefined, rest),
      /takes put: only get, post, patch, delete/,
    );
  });

  it('misses a row for a kind of command, and has no row twice', () => {
    const rows = Object.keys(policy);
    assert.doesNotThrow(() => checkPolicy(rows, rows));
    assert.throws(
      () =>
        checkPolicy(
          rows,
          rows.filter((name) => name !== 'command skip'),
        ),
      /'command skip' has no row$/,
    );
    for (const kind of commandKinds) assert.ok(rows.includes(`command ${kind}`), kind);
  });

  it('allows a role what it allows the roles below', () => {
    const names = Object.keys(policy);
    const allowed = (identity: Parameters<typeof isAllowed>[0]): string[] =>
      names.filter((name) => isAllowed(identity, name));
    const [none, some, more, all] = [undefined, viewer, operator, admin].map(allowed) as [
      string[],
      string[],
      string[],
      string[],
    ];
    assert.deepEqual(none, [
      'GET /assets/{*file}',
      'GET /health',
      'GET /ready',
      'GET /login',
      'POST /login',
      'GET /login/openid',
      'GET /login/openid/callback',
      'POST /logout',
      'GET /invitation/:secret',
      'POST /invitation/:secret',
      'GET /api/v1/ws',
      'POST /auth',
      'POST /user',
      'GET /ws',
    ]);
    assert.deepEqual(all, names);
    for (const [less, least] of [
      [some, none],
      [more, some],
    ] as const)
      assert.ok(least.every((name) => less.includes(name)) && less.length > least.length);
    assert.ok(!some.includes('command skip') && more.includes('command skip'));
  });

  it('holds a token to its scopes and to the role of its account', () => {
    const reading = { ...admin, scopes: ['read'] as const };
    assert.doesNotThrow(() => demand(reading, 'GET /api/v1/overview'));
    assert.throws(() => demand(reading, 'POST /api/v1/commands'), {
      code: 'FORBIDDEN',
      message: 'this needs a token of the scope operate, and this one has read: create one that has it',
    });
    assert.throws(() => demand({ ...viewer, scopes: ['read', 'operate'] }, 'POST /api/v1/commands'), {
      code: 'FORBIDDEN',
      message:
        'this needs the role operator, and vera is viewer: ask an admin for the role, or for the work to be done',
    });
    assert.throws(() => demand(undefined, 'GET /'), { code: 'UNAUTHENTICATED', message: /\/login/ });
    assert.throws(() => isAllowed(admin, 'GET /nowhere'), /has no row/);
  });

  it('refuses commands to users who may not ask for their kind, before the scheduler hears of them', async () => {
    const asked: string[] = [];
    const api = {
      execute: ({ kind }: { kind: string }) => (asked.push(kind), Promise.resolve()),
    } as unknown as SchedulerApi;
    const command = { kind: 'fire-managed', processName: 'SiteHourly' } as const;
    await assert.rejects(authorized(api, viewer).execute(command), { code: 'FORBIDDEN' });
    await assert.rejects(authorized(api, undefined).execute(command), { code: 'UNAUTHENTICATED' });
    assert.deepEqual(asked, []);
    await authorized(api, operator).execute(command);
    assert.deepEqual(asked, ['fire-managed']);
  });
});
