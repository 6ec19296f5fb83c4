import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { invariants } from '../../../domain/invariants/violation.ts';

const page = readFileSync(new URL('../../../docs/guarantees.md', import.meta.url), 'utf8');

describe('docs/guarantees.md', () => {
  it('has a row for every invariant, and says of each what it is judged by', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| (.+?) +\| (.+?) +\|$/gm)].map(([, number, title, reads]) => [
      number,
      { title, reads },
    ]);
    assert.deepEqual(rows, Object.entries(invariants));
  });
});
