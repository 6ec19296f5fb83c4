import assert from 'node:assert/strict';
import type { CommandRequest } from '../../scheduler/commands/check-command.ts';
import { routes } from '../../mx/api/routes.ts';
import { json } from './support/ask.ts';
import { finishAll, serve } from './support/served.ts';
import type { Served } from './support/served.ts';
import { quarantine } from '../support/quarantine.ts';

const HOUR = '/api/v1/jobs/SiteHourly/2015053122';

describe('the JSON API', () => {
  let served: Served;
  beforeEach(async () => {
    served = await serve();
  });
  afterEach(() => served.close());

  const send = async (command: object): Promise<number> =>
    (await served.ask('/api/v1/commands', json({ reason: 'a test', ...command }))).status;
  const items = async (path: string): Promise<Record<string, unknown>[]> => {
    const { items } = (await served.ask(path)).json() as { items: Record<string, unknown>[] };
    return items;
  };

  it('tells how all stands', async () => {
    const { jobs, attention, size } = (await served.ask('/api/v1/overview')).json() as {
      jobs: Record<string, number>;
      attention: unknown[];
      size: Record<string, number | null>;
    };
    assert.deepEqual([Number(size['bytes']) > 100_000, size['growthPerDay']], [true, null]);
    assert.equal(
      Object.values(jobs).reduce((sum, count) => sum + count, 0),
      44,
    );
    assert.deepEqual(attention, []);
  });

  it('lists trees and pages through their nodes, newest first', async () => {
    assert.deepEqual(
      (await items('/api/v1/trees')).map(({ name }) => name),
      ['site', 'client', 'alert'],
    );
    const first = (await served.ask('/api/v1/trees/alert/nodes?limit=2')).json() as {
      items: { timeperiod: string }[];
      nextCursor: string;
    };
    assert.deepEqual(
      first.items.map(({ timeperiod }) => timeperiod),
      ['2015060200', '2015060100'],
    );
    const second = (await served.ask(`/api/v1/trees/alert/nodes?limit=2&cursor=${first.nextCursor}`)).json();
    assert.deepEqual(
      (second['items'] as { timeperiod: string }[]).map(({ timeperiod }) => timeperiod),
      ['2015053100'],
    );
    assert.equal(second['nextCursor'], null);
  });

  it('says what the schedule of an event trigger means, and which part of one is wrong', async () => {
    const preview = (body: object) => served.ask('/api/v1/triggers/preview', json(body));
    const known = (await preview({ schedule: 'R1/2027-01-31T10:00:00Z/P1M', from: 0 })).json();
    assert.deepEqual(known, {
      schedule: 'R1/2027-01-31T10:00:00Z/P1M',
      epsilon: 300_000,
      words:
        "Every month on the 31st (or the month's last day) at 10:00 UTC, from 31 January 2027, 2 times, the last on 28 February 2027 at 10:00 UTC. Each delivery may begin up to 5 minutes late.",
      warnings: [{ part: 'start', text: "February has no 31st: there it fires on the month's last day." }],
      next: [Date.UTC(2027, 0, 31, 10), Date.UTC(2027, 1, 28, 10)],
    });
    const { next } = (await preview({ schedule: 'every 1h', epsilon: 1000, count: 100 })).json() as {
      next: number[];
    };
    assert.equal(next.length, 100);
    assert.ok((next[0] ?? 0) > served.rig.clock.now());
    const wrong = await preview({ schedule: 'R/2027-02-30T10:00:00Z/P1M/E1M' });
    const { code, part, nearest } = wrong.json();
    assert.deepEqual(
      [wrong.status, code, part, nearest],
      [400, 'INVALID_SCHEDULE', 'start', 'R/2027-02-28T10:00:00Z/P1M/ET1M'],
    );
    for (const [body, expected] of [
      [{ schedule: 'every 1h', epsilon: 0 }, 'BAD_REQUEST'],
      [{ schedule: 'every 1h', count: 101 }, 'BAD_REQUEST'],
      [{ schedule: 'R/2027-01-31T10:00:00Z/P1M/ET1M', epsilon: 5000 }, 'INVALID_ARGUMENT'],
    ] as const) {
      const { status, json: answer } = await preview(body);
      assert.deepEqual([status, answer()['code']], [400, expected]);
    }
    assert.deepEqual(await items('/api/v1/commands'), [], 'nothing was changed');
  });

  it('pages through the children of a job, oldest first', async () => {
    const first = (await served.ask('/api/v1/jobs/SiteDaily/2015060100/children?limit=20')).json();
    assert.equal((first['items'] as unknown[]).length, 20);
    const rest = await items(
      `/api/v1/jobs/SiteDaily/2015060100/children?limit=20&cursor=${String(first['nextCursor'])}`,
    );
    assert.deepEqual(
      rest.map(({ timeperiod }) => timeperiod),
      ['2015060120', '2015060121', '2015060122', '2015060123'],
    );
  });

  it('tells all of a job, and never the token of its unit of work', async () => {
    await served.rig.tick('SiteHourly');
    const { token } = await served.rig.claim(await served.rig.uow('SiteHourly', '2015053122'));
    assert.ok(token);
    for (const path of [
      HOUR,
      '/api/v1/uows',
      '/api/v1/uows/SiteHourly%2F2015053122%231',
      '/api/v1/overview',
      '/api/v1/freerun',
    ]) {
      const { status, body } = await served.ask(path);
      assert.equal(status, 200, path);
      assert.ok(!body.includes(token), `${path} tells the token`);
    }
    const { uows } = (await served.ask(HOUR)).json() as { uows: { lease: { owner: string } }[] };
    assert.equal(uows[0]?.lease.owner, 'hand');
  });

  it('explains what a day waits for', async () => {
    const { blockers } = (await served.ask('/api/v1/jobs/SiteDaily/2015060100/explain')).json();
    assert.equal((blockers as { kind: string }[]).filter(({ kind }) => kind === 'child').length, 24);
  });

  it('carries out what a plan showed, once for each id', async () => {
    await finishAll(served.rig);
    const plan = (await served.ask(`${HOUR}/plan?kind=reprocess`)).json();
    const command = {
      kind: 'reprocess',
      processName: 'SiteHourly',
      timeperiod: '2015053122',
      planHash: plan['hash'],
      id: 'command-0001',
      reason: 'late data',
    };
    const done = await served.ask('/api/v1/commands', json(command));
    assert.equal(done.status, 200, done.body);
    assert.equal(served.rig.state('SiteHourly', '2015053122'), 'IN_PROGRESS');
    const again = await served.ask('/api/v1/commands', json(command));
    assert.deepEqual(again.json(), done.json());
    const rows = (await items('/api/v1/journal')).filter(({ event }) => event === 'reprocess');
    assert.deepEqual(
      rows.map(({ actor, reason }) => [actor, reason]),
      rows.map(() => ['user local', 'late data']),
    );
    assert.equal(rows.length, (plan['steps'] as unknown[]).length);
  });

  it('takes nothing without a reason, and no cascade without the plan that was looked at', async () => {
    const key = { processName: 'SiteHourly', timeperiod: '2015053122' };
    for (const [body, says] of [
      [{ kind: 'set-managed', processName: 'AlertDaily', on: false }, /'reason': say why/],
      [{ kind: 'fire-managed', processName: 'AlertDaily', reason: '  ' }, /'reason': say why/],
      [{ kind: 'skip', ...key, reason: 'a test' }, /'planHash': send the hash of the plan/],
      [{ kind: 'reprocess', ...key, reason: 'a test' }, /'planHash': send the hash of the plan/],
    ] as const) {
      const answer = await served.ask('/api/v1/commands', json(body));
      assert.equal(answer.status, 400);
      assert.match(answer.json()['detail'] as string, says);
    }
    assert.deepEqual(await items('/api/v1/commands'), []);
  });

  it('refuses an id that stands for another command', async () => {
    const command = { kind: 'set-managed', processName: 'AlertDaily', id: 'command-0003' };
    const first = { ...command, on: false, reason: 'a test' };
    assert.equal(await send(first), 200);
    assert.equal(await send(first), 200);
    for (const other of [
      { ...first, on: true },
      { ...first, reason: 'another' },
      { ...first, processName: 'SiteDaily' },
      { kind: 'fire-managed', processName: 'AlertDaily', id: command.id },
    ]) {
      const answer = await served.ask('/api/v1/commands', json({ reason: 'a test', ...other }));
      assert.equal(answer.status, 409);
      assert.equal(answer.json()['code'], 'CONFLICT');
      assert.match(
        answer.json()['detail'] as string,
        /id 'command-0003' is that of another command, set-managed/,
      );
    }
    assert.equal((await items('/api/v1/commands')).length, 1);
  });

  it('pages through units of work, the one made last first', async () => {
    await served.rig.tick('SiteHourly');
    const all = (await items('/api/v1/uows')).map(({ id }) => id);
    assert.ok(all.length > 2);
    const seen: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await served.ask(`/api/v1/uows?limit=1${after}`)).json() as {
        items: { id: string }[];
        nextCursor: string | null;
      };
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, all);
  });

  it('pages through freerun entries, in the order of their keys', async () => {
    const [declared] = await items('/api/v1/freerun');
    const processName = String(declared?.['processName']);
    for (const entryName of ['c', 'a', 'b'])
      await send({ kind: 'add-freerun', processName, entryName, trigger: 'every 1h' });
    const all = await items('/api/v1/freerun');
    const names = all.map(({ entryName }) => `${processName}:${String(entryName)}`);
    assert.deepEqual(names, names.toSorted());
    const seen: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (
        await served.ask(`/api/v1/freerun?limit=2&cursor=${encodeURIComponent(cursor || '!')}`)
      ).json();
      seen.push(...(page['items'] as object[]));
      cursor = page['nextCursor'] as string | null;
    }
    assert.deepEqual(seen, all);
  });

  it('shows an entry with its history, also once it was removed', async () => {
    const entry = { processName: 'SessionCollector', entryName: 'late' };
    const path = '/api/v1/freerun/SessionCollector/late';
    assert.equal((await served.ask(path)).status, 404);
    await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h' });
    await send({ kind: 'fire-freerun', ...entry });
    await send({ kind: 'set-freerun', ...entry, on: false });
    await send({ kind: 'remove-freerun', ...entry });
    const shown = (await served.ask(path)).json();
    const unit = shown['lastUow'] as Record<string, unknown>;
    assert.deepEqual(
      [shown['removed'], shown['nextFires'], unit['state'], unit['token'], shown['worker']],
      [true, [], 'REQUESTED', null, { kind: 'identity' }],
    );
    const events = async (query: string): Promise<unknown[]> =>
      (await items(`/api/v1/journal?entity=SessionCollector:late${query}`)).map(({ event }) => event);
    const own = ['remove', 'switch-off', 'fire', 'create'];
    assert.deepEqual(await events('&own=true'), own);
    assert.deepEqual(await events('&own=true&order=oldest'), own.toReversed());
    const [first] = await items('/api/v1/journal?entity=SessionCollector:late&own=true&order=oldest');
    const behind = await events(`&own=true&order=oldest&cursor=${String(first?.['sequence'])}`);
    assert.deepEqual(behind, ['fire', 'switch-off', 'remove']);
    assert.ok((await events('')).includes('request'), 'of its units as well');
    const page = await served.ask('/freerun/SessionCollector/late');
    assert.match(page.body, /Removed/);
    assert.match(page.body, /href="\/units\/SessionCollector%3Alate[^"]*#h-log"/);
    for (const kind of ['set-freerun', 'fire-freerun'])
      assert.equal(
        (await served.ask(`/actions/${kind}?processName=SessionCollector&entryName=late`)).status,
        404,
      );
    assert.equal((await served.ask('/freerun/SessionCollector/never')).status, 404);
  });

  it('lists units of work of a span of time, in either order', async () => {
    await served.rig.tick('SiteHourly');
    const all = await items('/api/v1/uows?process=SiteHourly&limit=1000');
    const ids = async (query: string): Promise<unknown[]> =>
      (await items(`/api/v1/uows?process=SiteHourly&limit=1000${query}`)).map(({ id }) => id);
    const newest = all.map(({ id }) => id);
    assert.deepEqual(await ids('&order=oldest'), newest.toReversed());
    const made = all[0]?.['createdAt'] as number;
    assert.deepEqual(await ids(`&from=${new Date(made).toISOString()}`), newest);
    assert.deepEqual(await ids(`&to=${new Date(made).toISOString()}`), []);
    assert.deepEqual(await ids('&timeperiod=2015053122'), ['SiteHourly/2015053122#1']);
    for (const [query, says] of [
      ['from=yesterday', /'from': expected an instant such as/],
      ['entry=daily', /expected `process` with `timeperiod` and `entry`/],
    ] as const) {
      const answer = await served.ask(`/api/v1/uows?${query}`);
      assert.equal(answer.status, 400);
      assert.match(answer.json()['detail'] as string, says);
    }
  });

  it('pages through commands, the latest first', async () => {
    const ids = ['command-0001', 'command-0002', 'command-0003', 'command-0004'];
    for (const id of ids) await send({ kind: 'fire-managed', processName: 'AlertDaily', id });
    const pages: string[][] = [];
    for (const entity of ['', '&entity=AlertDaily']) {
      let cursor: string | null = '';
      while (cursor !== null) {
        const after = cursor === '' ? '' : `&cursor=${cursor}`;
        const page = (await served.ask(`/api/v1/commands?limit=3${entity}${after}`)).json() as {
          items: { id: string }[];
          nextCursor: string | null;
        };
        pages.push(page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
    }
    const all = [['command-0004', 'command-0003', 'command-0002'], ['command-0001']];
    assert.deepEqual(pages, [...all, ...all]);
  });

  it('pages through rejected reports, and leads from page to page on the dashboard', async () => {
    await served.rig.tick('SiteHourly');
    const unit = await served.rig.uow('SiteHourly', '2015053122');
    const { id, attempt } = await served.rig.claim(unit);
    const report = { id, attempt, token: 'stolen', event: 'complete' as const, processed: 1, aggregated: 0 };
    for (let i = 0; i < 3; i++)
      await served.rig.store.report('pine', [{ ...report, error: `late ${i}`, retryAt: null }], 5000);
    const path = '/api/v1/rejected-reports';
    const first = (await served.ask(`${path}?limit=2`)).json();
    const errors = (body: Record<string, unknown>) =>
      (body['items'] as Record<string, unknown>[]).map(({ error }) => error);
    assert.deepEqual(errors(first), ['late 2', 'late 1']);
    assert.ok(!JSON.stringify(first).includes('stolen'), 'tells no token');
    const rest = (await served.ask(`${path}?limit=2&cursor=${String(first['nextCursor'])}`)).json();
    assert.deepEqual([errors(rest), rest['nextCursor']], [['late 0'], null]);
    const oldest = await items(`${path}?order=oldest&uow=${encodeURIComponent(id)}`);
    assert.deepEqual(errors({ items: oldest }), ['late 0', 'late 1', 'late 2']);
    assert.deepEqual(await items(`${path}?uow=other`), []);
    const [, second] = oldest;
    const newer = (await served.ask(`/rejected-reports?after=${String(second?.['sequence'])}`)).body;
    assert.match(newer, /late 2/);
    assert.doesNotMatch(newer, /late 1/);
    assert.match(newer, /href="\/rejected-reports\?before=\d+">Older/);
    assert.match((await served.ask(`/units/${encodeURIComponent(id)}`)).body, /Rejected reports.*late 1/s);
  });

  it('lists commands about an entity in either order, page by page on the dashboard', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `command-${1000 + i}`);
    for (const id of ids) await send({ kind: 'fire-managed', processName: 'AlertDaily', id });
    await send({ kind: 'fire-managed', processName: 'SiteDaily', id: 'command-other' });
    const found = await items('/api/v1/commands?entity=AlertDaily&order=oldest&limit=1000');
    assert.deepEqual(
      found.map(({ id }) => id),
      ids,
    );
    const page = (await served.ask('/journal?entity=AlertDaily')).body;
    const older = /href="([^"]*commandsBefore=[^"]*)">Older/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
    assert.ok(page.includes('c-command-1059') && !page.includes('c-command-other'));
    const second = (await served.ask(older)).body;
    assert.ok(second.includes('c-command-1009') && !second.includes('c-command-1010'));
    assert.match(second, /commandsAfter=command-1009">← Newer/);
  });

  it('refuses to go on behind what there is not', async () => {
    for (const [path, says] of [
      ['/api/v1/commands?cursor=command-9999', /no command is named 'command-9999'/],
      ['/api/v1/uows?cursor=nothing', /no unit of work is named 'nothing'/],
    ] as const) {
      const answer = await served.ask(path);
      assert.equal(answer.status, 400);
      assert.match(answer.json()['detail'] as string, says);
    }
    assert.equal(
      (await served.ask(`/api/v1/uows?cursor=${'u'.repeat(310)}`)).json()['code'],
      'INVALID_ARGUMENT',
    );
  });

  it('changes everything of an entry', async () => {
    const entry = { processName: 'SessionCollector', entryName: 'late' };
    const made = { overlap: 'buffer-one', missed: 'none', description: 'made' } as const;
    assert.equal(await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h', ...made }), 200);
    const shown = async (): Promise<unknown> => {
      const found = (await items('/api/v1/freerun')).find(({ entryName }) => entryName === 'late');
      return [found?.['overlap'], found?.['missed'], found?.['description'], found?.['trigger']];
    };
    assert.deepEqual(await shown(), ['buffer-one', 'none', 'made', 'every 1h']);
    const changed = { overlap: 'allow', missed: 'all', description: '' } as const;
    assert.equal(await send({ kind: 'set-freerun', ...entry, ...changed }), 200);
    assert.deepEqual(await shown(), ['allow', 'all', '', 'every 1h']);
    assert.equal(await send({ kind: 'set-freerun', ...entry, missed: 'some' }), 400);
  });

  it('answers a plan that changed with the plan as it is now, and a repetition in the same words', async () => {
    await finishAll(served.rig);
    const command = {
      kind: 'skip',
      processName: 'SiteDaily',
      timeperiod: '2015060200',
      planHash: 'older',
      id: 'command-0002',
      reason: 'a test',
    };
    for (const time of ['first', 'again']) {
      const { status, headers, ...answer } = await served.ask('/api/v1/commands', json(command));
      assert.equal(status, 409, time);
      assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
      assert.equal(answer.json()['code'], 'PLAN_CHANGED');
      assert.ok((answer.json()['plan'] as { steps: unknown[] }).steps.length > 0);
    }
  });

  it('switches, adds, fires and removes', async () => {
    const entry = { processName: 'SessionCollector', entryName: 'late' };
    assert.equal(
      await send({ kind: 'set-managed', processName: 'AlertDaily', on: false, trigger: 'at 06:00' }),
      200,
    );
    const alert = (await items('/api/v1/processes')).find(
      ({ process }) => (process as { name: string }).name === 'AlertDaily',
    );
    assert.deepEqual([alert?.['on'], alert?.['trigger']], [false, 'at 06:00']);
    assert.equal(
      await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h', arguments: { a: [1, { b: null }] } }),
      200,
    );
    assert.equal(await send({ kind: 'add-freerun', ...entry, trigger: 'every 1h' }), 409);
    assert.equal(await send({ kind: 'fire-freerun', ...entry }), 200);
    const late = (await items('/api/v1/freerun')).find(({ entryName }) => entryName === 'late');
    assert.equal((late?.['lastUow'] as { state: string }).state, 'REQUESTED');
    assert.equal(await send({ kind: 'cancel-uow', uowId: (late?.['lastUow'] as { id: string }).id }), 200);
    assert.equal(await send({ kind: 'remove-freerun', ...entry }), 200);
    assert.equal((await items('/api/v1/freerun')).length, 1);
    assert.equal((await items('/api/v1/commands?limit=3')).length, 3);
  });

  it('shows what is quarantined, and releases it', async () => {
    await served.rig.tick('SiteHourly');
    const { id } = await served.rig.uow('SiteHourly', '2015053122');
    assert.equal(await send({ kind: 'release-uow', uowId: id }), 409);
    await quarantine(served.rig, id);
    assert.deepEqual(
      (await items('/api/v1/uows?quarantined=true')).map((uow) => [uow['id'], uow['token']]),
      [[id, null]],
    );
    const overview = (await served.ask('/api/v1/overview')).json() as { quarantined: number };
    assert.equal(overview.quarantined, 1);
    assert.equal(await send({ kind: 'release-uow', uowId: id, reason: 'mended' }), 200);
    assert.deepEqual(await items('/api/v1/uows?quarantined=true'), []);
    assert.equal(await send({ kind: 'release-uow', uowId: 'nobody' }), 404);
  });

  it('pages through a log', async () => {
    await served.rig.tick('SiteHourly');
    const { id } = await served.rig.uow('SiteHourly', '2015053122');
    await served.rig.store.appendLog(
      [1, 2, 3].map((sequence) => ({
        parentId: id,
        sequence,
        attempt: 1,
        at: 0,
        stream: 'stdout' as const,
        line: `line ${sequence}`,
      })),
    );
    const path = `/api/v1/uows/${encodeURIComponent(id)}/log?limit=2`;
    const first = (await served.ask(path)).json();
    const rest = await items(`${path}&cursor=${String(first['nextCursor'])}`);
    assert.deepEqual(
      rest.map(({ line }) => line),
      ['line 3'],
    );
  });

  it('keeps transitions and commands of a job, unit, entry or process apart', async () => {
    const order = async (request: CommandRequest): Promise<void> => {
      await served.api.execute(request).catch(() => undefined);
    };
    await served.rig.tick('SiteHourly');
    const job = { processName: 'SiteHourly', timeperiod: '2015053122' };
    const uowId = 'SiteHourly/2015053122#1';
    await order({ kind: 'set-managed', processName: 'SiteDaily', on: false });
    await order({ kind: 'release-uow', uowId });
    const entry = { processName: 'SessionCollector', entryName: 'open' };
    await order({ kind: 'fire-freerun', ...entry });
    await served.rig.quiet();
    const seen = async (entity: string): Promise<[string[], string[]]> => {
      const query = `?entity=${encodeURIComponent(entity)}`;
      const rows = (await served.ask(`/api/v1/journal${query}`)).json()['items'] as { entityId: string }[];
      const commands = (await served.ask(`/api/v1/commands${query}`)).json()['items'] as { kind: string }[];
      const { body } = await served.ask(`/journal${query}`);
      for (const { kind } of commands) assert.ok(body.includes(`<b>${kind}</b>`), kind);
      assert.equal(body.match(/<li id="c-/g)?.length ?? 0, commands.length);
      return [
        [...new Set(rows.map((row) => row.entityId.split(/[/#]/)[0] ?? ''))],
        commands.map(({ kind }) => kind),
      ];
    };
    assert.deepEqual(await seen('SiteDaily'), [[], ['set-managed']]);
    assert.deepEqual(await seen('SiteHourly'), [['SiteHourly'], ['release-uow']]);
    assert.deepEqual(await seen(`${job.processName}/${job.timeperiod}`), [['SiteHourly'], ['release-uow']]);
    assert.deepEqual(await seen(uowId), [['SiteHourly'], ['release-uow']]);
    assert.deepEqual(await seen('SessionCollector:open'), [['SessionCollector:open'], ['fire-freerun']]);
    assert.deepEqual(await seen('SessionCollector'), [['SessionCollector:open'], ['fire-freerun']]);
    assert.match(
      (await served.ask('/journal')).body,
      /release-uow<\/b><span>refused[^]*class="error-line">[^<]+INVALID/,
    );
    assert.match((await served.ask('/journal?entity=SiteDaily')).body, /SiteDaily <b>off<\/b>/);
  });

  it('describes every endpoint in an OpenAPI document made from its schemas', async () => {
    const { openapi, paths } = (await served.ask('/api/v1/openapi.json')).json() as {
      openapi: string;
      paths: Record<
        string,
        Record<
          string,
          { parameters: { name: string; in: string; required: boolean }[]; requestBody?: object }
        >
      >;
    };
    assert.match(openapi, /^3\./);
    const known = new Set([...routes.map(({ path }) => path), '/stream', '/ws']);
    assert.deepEqual(Object.keys(paths).sort(), [...known].sort());
    const plan = paths['/jobs/{process}/{timeperiod}/plan']?.['get'];
    assert.deepEqual(
      plan?.parameters.map(({ name, in: place, required }) => [name, place, required]),
      [
        ['process', 'path', true],
        ['timeperiod', 'path', true],
        ['kind', 'query', true],
      ],
    );
    const body = JSON.stringify(paths['/commands']?.['post']?.requestBody);
    for (const kind of ['reprocess', 'set-managed', 'cancel-uow', 'release-uow'])
      assert.ok(body.includes(`"${kind}"`), kind);
  });

  it('has nothing at the paths of another scheduler', async () => {
    for (const path of ['/scheduler/trees/', '/scheduler/tree/nodes/?process_name=SiteDaily'])
      assert.equal((await served.ask(path)).status, 404, path);
  });

  it('says that it is there and ready', async () => {
    assert.equal((await served.ask('/health')).status, 200);
    assert.equal((await served.ask('/ready')).json()['status'], 'ready');
  });
});
