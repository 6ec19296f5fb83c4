import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findCycle } from '../../../domain/model/cycle.ts';
import type { Edge } from '../../../domain/model/cycle.ts';

const edges = (text: string): Edge[] =>
  text.split(' ').map((pair) => ({ from: pair.charAt(0), to: pair.charAt(1) }));

describe('findCycle', () => {
  it('names everyone in the circle, in order, the first one again at the end', () => {
    assert.deepEqual(findCycle(edges('ab bc ca')), ['a', 'b', 'c', 'a']);
    assert.deepEqual(findCycle(edges('xa ab ba ay')), ['a', 'b', 'a']);
    assert.deepEqual(findCycle(edges('ab bb')), ['b', 'b']);
  });

  it('takes the shortest way round', () => {
    assert.deepEqual(findCycle(edges('ab bc cd da ca')), ['a', 'b', 'c', 'a']);
  });

  it('finds none where two ways lead to the same end', () => {
    assert.equal(findCycle(edges('ab ac bd cd')), undefined);
    assert.equal(findCycle([]), undefined);
  });

  it('looks only for circles through given edges, when there are any', () => {
    const all = edges('ab ba cd dc');
    assert.deepEqual(findCycle(all, edges('cd')), ['c', 'd', 'c']);
    assert.equal(findCycle(all, []), undefined);
  });

  it('finds one exactly when the names cannot be put in order', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const graph = fc.array(fc.record({ from: name, to: name }), { maxLength: 9 });
    const canBeOrdered = (rest: readonly Edge[]): boolean => {
      const fewer = rest.filter(({ to }) => rest.some(({ from }) => from === to));
      return rest.length === 0 || (fewer.length < rest.length && canBeOrdered(fewer));
    };
    fc.assert(
      fc.property(graph, (given) => {
        const cycle = findCycle(given);
        assert.equal(cycle === undefined, canBeOrdered(given));
        for (const [index, to] of (cycle ?? []).entries()) {
          const from = cycle?.[index - 1];
          if (from !== undefined) assert.ok(given.some((edge) => edge.from === from && edge.to === to));
        }
        assert.equal(cycle?.at(0), cycle?.at(-1));
      }),
      { numRuns: 1000 },
    );
  });
});
