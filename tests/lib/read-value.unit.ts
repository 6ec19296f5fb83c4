import assert from 'node:assert/strict';
import { z } from 'zod';
import { readValue } from '../../lib/read-value.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  on: z.boolean().exactOptional(),
  policy: z.enum(['a', 'b']).exactOptional(),
  count: z.number().int().min(1).max(9).exactOptional(),
  list: z.array(z.string()).min(1).max(2).exactOptional(),
  map: z.record(z.string(), z.unknown()).exactOptional(),
  own: z.string('say what').exactOptional(),
});

describe('a value from outside', () => {
  it('is read as its schema has it', () => {
    assert.deepEqual(readValue(schema, { name: 'x', on: true }), { value: { name: 'x', on: true } });
    assert.deepEqual(readValue(z.coerce.number(), '7'), { value: 7 });
  });

  const cases: readonly [unknown, string][] = [
    [{}, "'name': expected a text, given nothing"],
    [{ name: 7 }, "'name': expected a text, given 7"],
    [{ name: null }, "'name': expected a text, given null"],
    [{ name: ['x'] }, "'name': expected a text, given a list"],
    [{ name: { x: 'secret' } }, "'name': expected a text, given an object"],
    [{ name: '' }, "'name': expected at least 1 characters, given 0"],
    [{ name: 'xxxx' }, "'name': expected at most 3 characters, given 4"],
    [{ name: 'x', on: 'no' }, `'on': expected true or false, given "no"`],
    [{ name: 'x', on: 'n'.repeat(999) }, `'on': expected true or false, given "${'n'.repeat(99)}…`],
    [{ name: 'x', policy: 'c' }, `'policy': expected one of 'a', 'b', given "c"`],
    [{ name: 'x', count: 0 }, "'count': expected a number of at least 1, given 0"],
    [{ name: 'x', count: 1.5 }, "'count': expected a whole number, given 1.5"],
    [{ name: 'x', list: [] }, "'list': expected at least 1 items, given 0"],
    [{ name: 'x', list: ['a', 1] }, "'list.1': expected a text, given 1"],
    [{ name: 'x', map: [] }, "'map': expected an object, given a list"],
    [{ name: 'x', own: 1 }, "'own': say what"],
    [
      { name: 'x', more: 1, and: 2 },
      "'more', 'and' is not known here: expected name, on, policy, count, list, map, own",
    ],
    [{ name: 7, on: 7 }, "'name': expected a text, given 7; 'on': expected true or false, given 7"],
  ];
  for (const [value, problem] of cases)
    it(`is refused with what was expected and what was given: ${JSON.stringify(value).slice(0, 60)}`, () => {
      assert.deepEqual(readValue(schema, value), { problem });
    });

  it('is refused with that nothing is expected where no key is', () =>
    assert.deepEqual(readValue(z.strictObject({}), { x: 1 }), {
      problem: "'x' is not known here: expected nothing",
    }));

  it('is no number where its text is none', () =>
    assert.deepEqual(readValue(z.coerce.number(), 'ten'), { problem: 'expected a number, given NaN' }));
});
