import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventSecretSpec } from '../../db/event-collections.ts';
import { namedPlace, putSecret } from '../../domain/event/secret.ts';
import { routes } from '../../mx/api/routes.ts';
import { json } from './support/ask.ts';
import { eventContext, playExecution, putTrigger } from './support/events.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const DAY = 86_400_000;
const hook = { schedule: 'every 1h', target: { url: 'https://example.org/hook' } };
type Row = Readonly<Record<string, unknown>>;

/** A list as a client has it, and how a row is put into it. */
interface List {
  readonly path: string;
  readonly id: (row: Row) => unknown;
  /** Absent: it is as long as the context, which stays as it is. */
  readonly insert?: () => Promise<unknown>;
}

describe('every list of the API', function () {
  this.timeout(60_000);
  let served: Served;
  let unit: string;
  let execution: string;
  let count = 0;

  const send = async (command: object): Promise<void> => {
    const { status, body } = await served.ask('/api/v1/commands', json({ reason: 'a test', ...command }));
    assert.equal(status, 200, body);
  };
  const entry = { processName: 'SessionCollector', entryName: 'open' };
  const grow = async (): Promise<void> => {
    served.rig.clock.advance(DAY);
    await served.rig.tick('AlertDaily');
  };
  const fire = (): Promise<void> => send({ kind: 'fire-freerun', ...entry });
  const { sequence, timeperiod, id } = {
    sequence: (row: Row) => row['sequence'],
    timeperiod: (row: Row) => row['timeperiod'],
    id: (row: Row) => row['id'],
  };

  /** By the path of the route. */
  const lists: Readonly<Record<string, List>> = {
    '/trees': { path: '/trees', id: (row) => row['name'] },
    '/nodes': { path: '/nodes', id },
    '/processes': { path: '/processes', id: ({ process }) => (process as { name: string }).name },
    '/trees/{tree}/nodes': { path: '/trees/alert/nodes', id: timeperiod, insert: grow },
    '/jobs/{process}/{timeperiod}/children': {
      path: '/jobs/SiteYearly/2015000000/children',
      id: timeperiod,
      insert: () => (served.rig.clock.advance(20 * DAY), served.rig.tick('AlertDaily')),
    },
    '/journal': { path: '/journal', id: sequence, insert: fire },
    '/freerun': {
      path: '/freerun',
      id: (row) => row['entryName'],
      insert: () => {
        count++;
        const entryName = `${String.fromCharCode(97 + ((count * 7) % 26))}-${count}`;
        return send({ kind: 'add-freerun', ...entry, entryName, trigger: 'every 1h' });
      },
    },
    '/uows': { path: '/uows', id, insert: fire },
    '/rejected-reports': {
      path: '/rejected-reports',
      id: sequence,
      // Of one unit only the latest are kept.
      insert: async () => {
        const units = (await served.ask('/api/v1/uows?limit=1000')).json()['items'] as { id: string }[];
        const { id = '' } = units[++count % units.length] ?? {};
        await served.rig.store.report(
          'pine',
          [
            {
              ...{ id, attempt: 1, token: 'stolen', event: 'complete', processed: 1, aggregated: 0 },
              ...{ error: `late ${count}`, retryAt: null },
            },
          ],
          5000,
        );
      },
    },
    '/uows/{id}/log': {
      path: '/uows/{unit}/log',
      id: sequence,
      insert: () =>
        served.rig.store.appendLog([
          { parentId: unit, sequence: ++count, attempt: 1, at: 0, stream: 'stdout', line: 'a line' },
        ]),
    },
    '/commands': { path: '/commands', id, insert: fire },
    '/triggers': {
      path: '/triggers',
      id,
      insert: () =>
        putTrigger(served.rig, { ...hook, id: `${String.fromCharCode(97 + ((++count * 7) % 26))}${count}` }),
    },
    '/trigger-secrets': {
      path: '/trigger-secrets',
      id: (row) => row['name'],
      insert: () => {
        const place = namedPlace('local', `${String.fromCharCode(97 + ((++count * 7) % 26))}${count}`);
        return served.rig.store
          .collection(eventSecretSpec)
          .put(putSecret(undefined, { place, sealed: 'sealed' }, count));
      },
    },
    '/triggers/{owner}/{id}/executions': {
      path: '/triggers/local/kept/executions',
      id,
      insert: () => playExecution(served.rig, 'kept'),
    },
  };

  before(async () => {
    served = await serve(undefined, eventContext());
    await putTrigger(served.rig, { ...hook, id: 'kept' });
    execution = await playExecution(served.rig, 'kept');
    await send({ kind: 'set-freerun', ...entry, overlap: 'allow' });
    await served.rig.tick('SiteHourly');
    unit = (await served.rig.uow('SiteHourly', '2015053122')).id;
    await served.rig.claim(await served.rig.uow('SiteHourly', '2015053122'));
    for (const { insert } of Object.values(lists)) for (let i = 0; i < 4; i++) await insert?.();
  });
  after(() => served.close());

  const page = async (path: string, query: string) => {
    const { status, body, json } = await served.ask(`/api/v1${path}?${query}`);
    assert.equal(status, 200, body);
    return json() as { items: Row[]; nextCursor: string | null };
  };

  /** A list may be longer than its longest page. */
  const all = async (path: string, after = ''): Promise<Row[]> => {
    const { items, nextCursor } = await page(path, `limit=1000${after}`);
    return nextCursor === null
      ? items
      : [...items, ...(await all(path, `&cursor=${encodeURIComponent(nextCursor)}`))];
  };

  it('has a limit and a cursor, and is known here', async () => {
    const { paths } = (await served.ask('/api/v1/openapi.json')).json() as {
      paths: Record<string, { get?: { parameters: { name: string }[] } }>;
    };
    const found: string[] = [];
    for (const { method, path } of routes.filter(({ method }) => method === 'get')) {
      const names = paths[path]?.get?.parameters.map(({ name }) => name) ?? [];
      assert.equal(names.includes('limit'), names.includes('cursor'), path);
      if (names.includes('cursor')) found.push(path);
      assert.equal(method, 'get');
    }
    assert.deepEqual(found.sort(), Object.keys(lists).sort());
  });

  it('is marked as one in the table of routes, so that no answer holds rows without an end', async () => {
    const examples: Readonly<Record<string, string>> = {
      process: 'SiteHourly',
      timeperiod: '2015053122',
      tree: 'site',
      entry: 'open',
      kind: 'skip',
    };
    const queries: readonly (readonly [RegExp, string])[] = [
      [/\/plan$/, '?kind=skip'],
      [/\/resend$/, '?from=2015-01-01T00:00:00Z'],
    ];
    for (const { path, isList, givesLines } of routes.filter(({ method }) => method === 'get')) {
      if (path.startsWith('/worker/') || givesLines) continue;
      const of = path.startsWith('/freerun/') ? { ...examples, process: 'SessionCollector' } : examples;
      const asked = path
        .replace('{owner}/{id}', 'local/kept')
        .replace('{id}', encodeURIComponent(path.startsWith('/executions') ? execution : unit))
        .replace(/\{(\w+)\}/g, (_, name: string) => of[name] ?? assert.fail(name));
      const [, query = ''] = queries.find(([end]) => end.test(path)) ?? [];
      const { status, json } = await served.ask(`/api/v1${asked}${query}`);
      assert.equal(status, 200, asked);
      assert.equal('items' in json(), isList === true, path);
    }
  });

  for (const [route, { path, id, insert }] of Object.entries(lists)) {
    it(`tells each row once, whatever is put in while it is read: ${route}`, async () => {
      const at = path.replace('{unit}', encodeURIComponent(unit));
      const property = fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        async (limit, inserts) => {
          const before = (await all(at)).map(id);
          const seen: unknown[] = [];
          for (let cursor: string | null = '', turn = 0; cursor !== null; turn++) {
            const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
            const read = await page(at, `limit=${limit}${after}`);
            assert.ok(read.items.length <= limit);
            seen.push(...read.items.map(id));
            cursor = read.nextCursor;
            for (let n = inserts[turn] ?? 0; n > 0 && insert !== undefined; n--) await insert();
          }
          assert.equal(new Set(seen).size, seen.length, 'no row twice');
          assert.deepEqual(
            seen.filter((one) => before.includes(one)),
            before,
          );
        },
      );
      await fc.assert(property, { numRuns: 5 });
    });
  }

  it('refuses a cursor that is none of its rows, where one could not go on behind it', async () => {
    for (const [path, says] of [
      ['/trees?cursor=nothing', /no tree is named 'nothing'/],
      ['/processes?cursor=nothing', /no managed process is named 'nothing'/],
      ['/trees/site/nodes?cursor=2015', /cursor/],
      ['/journal?cursor=x', /cursor/],
    ] as const) {
      const answer = await served.ask(`/api/v1${path}`);
      assert.equal(answer.status, 400, path);
      assert.match(String(answer.json()['detail']), says);
    }
  });
});
