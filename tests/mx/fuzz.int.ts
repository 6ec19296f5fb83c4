import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fuzz } from './support/fuzzer.ts';
import {
  bytes,
  commands,
  encodings,
  fuzzedContext,
  jsonRoutes,
  odd,
  spoiled,
  types,
} from './support/fuzz-requests.ts';
import { serve } from './support/served.ts';
import type { Served } from './support/served.ts';

describe('whatever is posted', function () {
  this.timeout(120_000);
  let served: Served;
  before(async () => {
    served = await serve(undefined, fuzzedContext());
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

describe('whatever is asked of the table of routes', function () {
  this.timeout(120_000);

  it('ends soon and without a failure of the server, and changes nothing without a command', async () => {
    const { requests, statuses } = await fuzz({ requests: 2000, seed: 7 });
    assert.ok(requests >= 2000);
    for (const status of [200, 400, 404, 405, 409, 415])
      assert.ok((statuses[status] ?? 0) > 0, String(status));
  });
});
