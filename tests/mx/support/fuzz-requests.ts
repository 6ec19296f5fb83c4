import fc from 'fast-check';
import { eventsProcess } from '../../../domain/event/process.ts';
import { defineContext, freerunProcess, managedProcess, tree } from '../../../domain/model/define.ts';
import type { Route } from '../../../mx/api/route.ts';
import { routes } from '../../../mx/api/routes.ts';
import { managed } from '../../support/context.ts';

/** What is fuzzed: a process that the scheduler works on, one of another language, and entries. */
export const fuzzedContext = () =>
  defineContext({
    processes: [
      managed('SiteHourly', 'hourly'),
      managedProcess({ name: 'Outside', qualifier: 'hourly', external: true }),
      freerunProcess({
        name: 'Report',
        identity: true,
        entries: [{ name: 'weekly', trigger: 'every 1d' }],
      }),
      eventsProcess(4, 7),
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
export const commands: Readonly<Record<string, object>> = {
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
/** Bodies that every route takes, or nearly, by its path. */
export const jsonRoutes: Readonly<Record<string, readonly object[]>> = {
  '/api/v1/triggers/{owner}/{id}': [
    { schedule: 'every 1h', target: { url: 'https://example.org/hook' }, payload: { a: 1 }, reason: 'r' },
  ],
  '/api/v1/triggers/{owner}/{id}/remove': [{ reason: 'r' }],
  '/api/v1/triggers/{owner}/{id}/pause': [{ note: 'n', reason: 'r' }],
  '/api/v1/triggers/{owner}/{id}/resume': [{ reason: 'r' }],
  '/api/v1/triggers/{owner}/{id}/unsign': [{ reason: 'r' }],
  '/api/v1/triggers/{owner}/{id}/fire': [{ at: 1, reason: 'r' }],
  '/api/v1/triggers/import': [{ id: 'a', owner: 'local', schedule: 'every 1h' }],
  '/api/v1/executions/{id}/resend': [{ reason: 'r' }],
  '/api/v1/triggers/{owner}/{id}/test': [
    { target: { url: 'https://example.org/', method: 'GET' }, payload: { a: 1 }, reason: 'r' },
  ],
  '/api/v1/triggers/{owner}/{id}/resend': [
    { outcome: 'failed', from: 0, to: 9_000_000_000_000, planHash: 'x', reason: 'r' },
  ],
  '/api/v1/triggers/{owner}/{id}/secret': [
    { rotate: true, reason: 'r' },
    { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', reason: 'r' },
  ],
  '/api/v1/trigger-secrets/{owner}/{name}': [{ value: 'a token', reason: 'r' }],
  '/api/v1/trigger-secrets/{owner}/{name}/remove': [{ reason: 'r' }],
  '/api/v1/triggers/preview': [{ schedule: 'R/2027-01-31T10:00:00Z/P1M', epsilon: 5000, count: 2, from: 0 }],
  '/api/v1/commands': Object.entries(commands).map(([kind, body]) => ({ kind, ...body })),
  ...Object.fromEntries(
    Object.entries(workerBodies).map(([name, body]) => [`/api/v1/worker/${name}`, [body]]),
  ),
};

const nested = (open: string, close: string) => (depth: number) => open.repeat(depth) + close.repeat(depth);

/** JSON texts of values that no handler expects. */
export const odd: fc.Arbitrary<string> = fc.oneof(
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
export const spoiled = (body: object): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...Object.keys(body), 'arguments', '__proto__', 'id', 'x'), odd, fc.boolean())
    .map(([field, value, twice]) => {
      const members = Object.entries(body).filter(([name]) => twice || name !== field);
      const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`);
      return `{${[...texts, `${JSON.stringify(field)}:${value}`].join(',')}}`;
    });

/** A text as it may come over a network. */
export const bytes = (text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array> =>
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

/** Types that a body is said to be of. */
export const types = fc.oneof(
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
export const encodings = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'x') },
);

/** One request as it is sent. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

const known: Readonly<Record<string, readonly string[]>> = {
  tree: ['site', 'outside'],
  process: ['SiteHourly', 'Report', 'Outside'],
  timeperiod: ['2015053122', '2015053123', '2015060100'],
  entry: ['weekly'],
  owner: ['local'],
  name: ['billing'],
  id: ['SiteHourly/2015053122#1', 'Outside/2015053122#1', 'backup'],
  limit: ['1', '7', '1000'],
  entity: ['SiteHourly', 'Report:weekly', 'SiteHourly/2015053122', 'SiteHourly/2015053122#1'],
  order: ['newest', 'oldest'],
  own: ['true'],
  kind: ['skip', 'reprocess'],
  state: ['REQUESTED', 'INVALID'],
  quarantined: ['true'],
  from: ['2015-05-17T10:00:00Z'],
  to: ['2026-05-17T10:00:00+02:00'],
  cursor: ['1', '2015053123', 'SiteHourly', 'Report:weekly', 'SiteHourly/2015053122#1'],
};
const wild = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', '0', '-1', '1e9', '__proto__', '../..', '%', '%zz', '%00', '$ne', 'x'.repeat(5000)),
  fc.integer().map(String),
);
const valueOf = (name: string): fc.Arbitrary<string> => {
  const values = Object.hasOwn(known, name) ? known[name] : undefined;
  return values === undefined ? wild : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, wild);
};
/** Without halves of characters, which no address can have. */
const wellFormed = (text: string): string => Buffer.from(text).toString();
/** Encoded, unless it is a text that is no encoding of anything. */
const encode = (value: string): string => (/^%/.test(value) ? value : encodeURIComponent(wellFormed(value)));

const pathOf = ({ path, query }: Route): fc.Arbitrary<string> => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const filled = fc.tuple(...names.map(valueOf)).map((values) => {
    let index = 0;
    return path.replace(/\{\w+\}/g, () => encode(values[index++] ?? ''));
  });
  const fields = [...Object.keys((query as unknown as { shape: object }).shape), 'x', '__proto__'];
  const pairs = fc.array(
    fc.constantFrom(...fields).chain((name) => valueOf(name).map((value) => `${name}=${encode(value)}`)),
    { maxLength: 3 },
  );
  return fc
    .tuple(filled, pairs)
    .map(([at, asked]) => `/api/v1${at}${asked.length === 0 ? '' : `?${asked.join('&')}`}`);
};

const postOf = (route: Route): fc.Arbitrary<FuzzedRequest> => {
  const bodies = jsonRoutes[`/api/v1${route.path}`] ?? [];
  // A worker that names no wait waits for twenty seconds.
  const text = fc.oneof(odd, ...bodies.map(spoiled), {
    weight: bodies.length,
    arbitrary: fc.constantFrom(...bodies).map((body) => JSON.stringify(body)),
  });
  const quick = text.filter(
    (sent) => !route.path.endsWith('/take') || /"waitMs":0[,}](?![^]*waitMs)/.test(sent),
  );
  return fc
    .tuple(
      pathOf(route),
      bytes(quick),
      types,
      encodings,
      fc.option(fc.constantFrom('"1"', '*', 'W/"1"', 'x'), { freq: 5 }),
    )
    .map(([path, body, type, encoding, match]) => ({
      method: 'POST',
      path,
      body,
      headers: {
        'Content-Type': type,
        ...(encoding !== undefined && { 'Content-Encoding': encoding }),
        ...(match !== null && { 'If-Match': match }),
      },
    }));
};

const methods = fc.oneof(
  { weight: 8, arbitrary: fc.constant('GET') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND') },
);
const oddPath = fc.oneof(
  fc.webPath().filter((path) => path.startsWith('/')),
  fc.string({ maxLength: 40 }).map((text) => `/${encodeURI(wellFormed(text))}`),
  fc.constantFrom(
    '/api/v1',
    '/api/v1/',
    '/api/v1/uows//',
    '/metrics?x=1',
    '/ready',
    '/api/v1/ws',
    '/api/v1/openapi.json',
  ),
);
const oddHeaders = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { Connection: 'Upgrade', Upgrade: 'websocket' },
      { Accept: 'text/html' },
      { Range: 'bytes=0-1' },
      { 'If-Match': 'x' },
      { Expect: '100-continue' },
      { 'X-Forwarded-For': '10.0.0.1' },
      { Origin: 'http://evil.example' },
    ),
  },
);

/** Requests that change nothing: reads of the table of routes with whatever values, and what fits no route. */
export const harmless: fc.Arbitrary<FuzzedRequest> = fc
  .tuple(
    methods,
    fc.oneof(
      ...routes
        .filter(({ method }) => method === 'get')
        .map((route) => ({ weight: 1, arbitrary: pathOf(route) })),
      { weight: 4, arbitrary: oddPath },
    ),
    oddHeaders,
  )
  .map(([method, path, headers]) => ({ method, path, headers }));

/** Changes of the table of routes: whole, with a part spoiled, or garbage; each body as often as the others. */
export const changes: fc.Arbitrary<FuzzedRequest> = fc.oneof(
  ...routes
    .filter(({ method }) => method === 'post')
    .map((route) => ({
      weight: jsonRoutes[`/api/v1${route.path}`]?.length ?? 1,
      arbitrary: postOf(route),
    })),
);
