import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wrapCells } from '../../../lib/terminal/wrap-cells.ts';

const widthOf = (rows: readonly (readonly string[])[]): number => {
  const columns = rows[0]?.map((_, i) =>
    Math.max(...rows.map((row) => Math.max(...(row[i] ?? '').split('\n').map((line) => line.length)))),
  );
  return (columns ?? []).reduce((sum, width) => sum + width + 3, 1);
};

describe('cells of a table for a terminal', () => {
  it('stay as they are where there is room', () => {
    const rows = [
      ['process', 'jobs'],
      ['Hour', '44 PROCESSED, 1 EMBRYO'],
    ];
    assert.deepEqual(wrapCells(rows, widthOf(rows)), rows);
  });

  it('are broken at spaces in the widest column, and within words that are longer', () => {
    const rows = [
      ['unit', 'last exit'],
      ['worker', 'exit code 1: /a/path/of/twenty-five'],
    ];
    assert.deepEqual(wrapCells(rows, 25), [
      ['unit', 'last exit'],
      ['worker', 'exit code 1:\n/a/path/of/t\nwenty-five'],
    ]);
  });

  it('keep their words whole where breaks between words suffice', () => {
    const rows = [
      ['last unit', 'next'],
      ['Housekeeping:source/20261129210000#1', '2026-11-29 21:40:00Z'],
    ];
    assert.deepEqual(wrapCells(rows, 60), [rows[0], [rows[1]?.[0], '2026-11-29\n21:40:00Z']]);
  });

  it('fit whatever they hold, and lose nothing but spaces', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 60 });
    const columns = fc.integer({ min: 1, max: 6 });
    const tables = columns.chain((count) =>
      fc.array(fc.array(cell, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(tables, fc.integer({ min: 60, max: 120 }), (rows, width) => {
        const wrapped = wrapCells(rows, width);
        assert.ok(widthOf(wrapped) <= width);
        const bare = (cells: readonly (readonly string[])[]): string[][] =>
          cells.map((row) => row.map((text) => text.replaceAll(/\s/g, '')));
        assert.deepEqual(bare(wrapped), bare(rows));
      }),
    );
  });
});
