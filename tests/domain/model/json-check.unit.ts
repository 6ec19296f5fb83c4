import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checkJson, jsonLimits, jsonProblem } from '../../../domain/model/json-check.ts';

const lists = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const objects = (depth: number): unknown => JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
const wide = { depth: 64, bytes: 1_000_000 };

describe('the check of free-form values', () => {
  it('takes as many levels as it says, of lists and of objects', () => {
    for (const nested of [lists, objects]) {
      assert.equal(jsonProblem(nested(64), wide), undefined);
      assert.match(jsonProblem(nested(65), wide) ?? '', /nested deeper than the 64 levels/);
    }
  });

  it('needs no stack, however deep a value is', () => {
    assert.match(jsonProblem(lists(1_000_000), wide) ?? '', /64 levels/);
  });

  it('counts the bytes of the JSON text exactly', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        assert.equal(jsonProblem(value, { depth: 64, bytes }), undefined);
        assert.match(jsonProblem(value, { depth: 64, bytes: bytes - 1 }) ?? '', /larger than/);
      }),
    );
    assert.equal(jsonProblem('\u0001', { depth: 1, bytes: 8 }), undefined);
    assert.match(jsonProblem('\u0001', { depth: 1, bytes: 7 }) ?? '', /larger than the 7 bytes/);
    assert.match(jsonProblem('ä'.repeat(10), { depth: 1, bytes: 21 }) ?? '', /larger than/);
  });

  it('ends on values that contain themselves, or the same one over and over', () => {
    const self: Record<string, unknown> = {};
    self['self'] = self;
    assert.match(jsonProblem(self, wide) ?? '', /nested deeper/);
    let shared: unknown = 'x';
    for (let level = 0; level < 60; level++) shared = [shared, shared];
    assert.match(jsonProblem(shared, wide) ?? '', /larger than|nested deeper/);
  });

  it('refuses what JSON cannot have, and looks at what a value becomes in JSON', () => {
    assert.match(jsonProblem({ a: [1n] }, wide) ?? '', /a bigint/);
    assert.match(jsonProblem({ a: () => 1 }, wide) ?? '', /a function/);
    assert.match(jsonProblem({ 'a\0b': 1 }, jsonLimits.document) ?? '', /a NUL/);
    assert.equal(jsonProblem({ 'a\0b': 1 }, wide), undefined);
    assert.match(jsonProblem(undefined, wide) ?? '', /given nothing/);
    assert.equal(jsonProblem({ at: new Date(0), none: undefined }, wide), undefined);
    assert.match(jsonProblem({ toJSON: () => lists(65) }, wide) ?? '', /64 levels/);
  });

  it('refuses numbers that would become null, where people give them', () => {
    for (const number of [NaN, Infinity, JSON.parse('1e999') as number])
      for (const limits of [jsonLimits.arguments, jsonLimits.request])
        assert.match(jsonProblem({ a: [number] }, limits) ?? '', /holds the number (NaN|Infinity), which/);
    assert.equal(jsonProblem({ a: 1e308 }, jsonLimits.arguments), undefined);
  });

  it('says what was refused', () => {
    assert.throws(() => checkJson({ big: 'x'.repeat(60_000) }, jsonLimits.arguments, 'arguments of A'), {
      code: 'UNFIT_VALUE',
      message: 'arguments of A: it is larger than the 60,000 bytes of JSON that are taken',
    });
    checkJson({ big: 'x'.repeat(59_000) }, jsonLimits.arguments, 'arguments of A');
  });
});
