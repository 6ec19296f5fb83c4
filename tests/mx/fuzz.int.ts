import assert from 'node:assert/strict';
import fc from 'fast-check';
import { defineContext, freerunProcess, managedProcess, tree } from '../../domain/model/define.ts';
import { managed } from '../support/context.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

const context = () =>
  defineContext({
    processes: [
      managed('SiteHourly', 'hourly'),
      managedProcess({ name: 'Outside', qualifier: 'hourly', external: true }),
      freerunProcess({
        name: 'Report',
        identity: true,
        entries: [{ name: 'weekly', trigger: 'every 1d' }],
      }),
    ],
    trees: [
      tree({ name: 'site', processes: ['SiteHourly'] }),
      tree({ name: 'outside', processes: ['Outside'] }),
    ],
  });

const job = { processName: 'SiteHourly', timeperiod: '2015053122', reason: 'r' };
const entry = { processName: 'Report', entryName: 'weekly', reason: 'r' };
const uow = { uowId: 'SiteHourly/2015053122#1', reason: 'r' };
const held = { id: 'Outside/2015053122#1', attempt: 1, token: 'x' };
const owner = 'box/fuzz';

/** A body that every route takes, or nearly; one part of it at a time is spoiled. */
const commands: Readonly<Record<string, object>> = {
  reprocess: { ...job, planHash: 'h' },
  skip: { ...job, planHash: 'h' },
  'set-managed': {
    processName: 'SiteHourly',
    on: true,
    trigger: 'every 5m',
    arguments: { a: 1 },
    reason: 'r',
  },
  'fire-managed': { processName: 'SiteHourly', reason: 'r' },
  'add-freerun': { ...entry, entryName: 'more', trigger: 'every 1h', arguments: {} },
  'set-freerun': { ...entry, trigger: 'every 1d', arguments: {} },
  'remove-freerun': entry,
  'fire-freerun': entry,
  'cancel-uow': uow,
  'release-uow': uow,
};
const workerBodies: Readonly<Record<string, object>> = {
  take: { processName: 'Outside', owner, max: 1, waitMs: 0 },
  claim: { owner, ids: [held.id] },
  heartbeat: { owner, units: [{ id: held.id, token: held.token }] },
  log: { ...held, lines: [{ sequence: 1, line: 'a', stream: 'stdout' }] },
  progress: { ...held, done: 1, total: 2 },
  complete: { owner, ...held, outcome: 'processed', processed: 1 },
};
const jsonRoutes: Readonly<Record<string, readonly object[]>> = {
  '/api/v1/commands': Object.entries(commands).map(([kind, body]) => ({ kind, ...body })),
  ...Object.fromEntries(
    Object.entries(workerBodies).map(([name, body]) => [`/api/v1/worker/${name}`, [body]]),
  ),
};

const nested = (open: string, close: string) => (depth: number) => open.repeat(depth) + close.repeat(depth);

/** JSON texts of values that no handler expects. */
const odd: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 1, max: 20_000 }).map(nested('[', ']')),
  fc.integer({ min: 1, max: 5_000 }).map((depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)),
  fc.constantFrom('1e999', '-1e999', '1e-999', '9007199254740993', '-0', '0.1', '1'.repeat(400)),
  fc.constantFrom(
    '"\\ud800"',
    '"\\udc00x"',
    '"a\\u0000b"',
    '"\\u2028\\u001b[2J"',
    '"__proto__"',
    '"2015-13-99"',
  ),
  fc.constantFrom(
    '{"__proto__":{"a":1}}',
    '{"constructor":{"prototype":1}}',
    '{"a":1,"a":2}',
    '{"":{"$ne":1}}',
  ),
  fc.constantFrom('null', 'true', '[]', '{}', '""', '[null]', '[[],{}]'),
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)),
  fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
);

/** The text of a body with one of its fields, or one more, spoiled. */
const spoiled = (body: object): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(body), 'arguments', '__proto__', 'id', 'x'), odd, fc.boolean())
    .map(([field, value, twice]) => {
      const members = Object.entries(body).filter(([name]) => twice || name !== field);
      const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`);
      return `{${[...texts, `${JSON.stringify(field)}:${value}`].join(',')}}`;
    });

const bytes = (text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 6, arbitrary: text.map((whole) => Buffer.from(whole)) },
    // Cut anywhere, or with bytes in it that are no UTF-8.
    {
      weight: 1,
      arbitrary: fc.tuple(text, fc.nat(200)).map(([whole, at]) => Buffer.from(whole).subarray(0, at)),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(text, fc.uint8Array({ maxLength: 20 }))
        .map(([whole, noise]) => Buffer.concat([Buffer.from(whole.slice(0, 12)), noise, Buffer.from(whole)])),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  );

const types = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-7',
      'application/json; charset=utf-16le',
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json;;;=',
      '',
    ),
  },
);
const encodings = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'x') },
);

describe('whatever is posted', function () {
  this.timeout(120_000);
  let served: Served;
  before(async () => {
    served = await serve(undefined, context());
  });
  after(() => served.close());

  const holds = async (path: string, headers: Record<string, string | undefined>, body: Uint8Array) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
    const {
      status,
      body: text,
      headers: answered,
    } = await served.ask(path, { method: 'POST', headers: given, body });
    assert.ok(
      status < 500,
      `${status} for ${Buffer.from(body).toString().slice(0, 500)}: ${text.slice(0, 300)}`,
    );
    if (status >= 400 && path.startsWith('/api/')) {
      assert.match(answered['content-type'] ?? '', /^application\/problem\+json/);
      assert.equal((JSON.parse(text) as { status: number }).status, status);
    }
  };

  for (const [path, bodies] of Object.entries(jsonRoutes)) {
    it(`to ${path} never fails the server`, () => {
      const body = bytes(fc.oneof(odd, ...bodies.map(spoiled)));
      const property = fc.asyncProperty(body, types, encodings, (sent, type, encoding) =>
        holds(path, { 'Content-Type': type, 'Content-Encoding': encoding }, sent),
      );
      return fc.assert(property, { numRuns: 60 * Math.min(3, bodies.length) });
    });
  }

  it('by a dialog never fails the server', () => {
    const field = fc.tuple(
      fc.constantFrom(
        'arguments',
        'trigger',
        'timeperiod',
        'on',
        'id',
        'planHash',
        'processName',
        '__proto__',
        'reason',
      ),
      fc.oneof(odd, fc.string({ unit: 'binary', maxLength: 100 })),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...Object.keys(commands), 'explode', '__proto__'),
      field,
      (kind, [name, value]) => {
        const given = Object.entries({ ...commands[kind] }).filter(([key]) => key !== name);
        const fields = new URLSearchParams();
        for (const [key, one] of given) fields.set(key, typeof one === 'string' ? one : JSON.stringify(one));
        const text = `${fields.toString()}&${name}=${new URLSearchParams([['', value]]).toString().slice(1)}`;
        return holds(
          `/actions/${kind}`,
          { 'Content-Type': 'application/x-www-form-urlencoded' },
          Buffer.from(text),
        );
      },
    );
    return fc.assert(property, { numRuns: 150 });
  });

  it('leaves a store that can be read', async () => {
    for (const path of [
      '/api/v1/commands?limit=1000',
      '/api/v1/journal',
      '/api/v1/freerun',
      '/journal',
      '/',
    ]) {
      assert.equal((await served.ask(path)).status, 200, path);
    }
  });

  it('nested a thousand levels deep is refused, and so ends no store', async () => {
    const body = (depth: number) =>
      Buffer.from(
        `{"kind":"set-managed","processName":"SiteHourly","reason":"r","arguments":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`,
      );
    const send = (depth: number) =>
      served.ask('/api/v1/commands', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: body(depth),
      });
    assert.equal((await send(60)).status, 200);
    for (const depth of [65, 1100, 10_000]) {
      const { status, json } = await send(depth);
      assert.equal(status, 400);
      assert.match(String(json()['detail']), /nested deeper than the 64 levels/);
    }
  });
});
