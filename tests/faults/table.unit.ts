import assert from 'node:assert/strict';
import type { Row } from './suffer.ts';
import { tableText, together } from './table.ts';

const row = (more: Partial<Row>): Row => ({
  fault: 'worker killed',
  what: '',
  on: 'embedded',
  bound: 3_000,
  injections: [300, 100, 1_200].map((recovery) => ({ recovery, proof: 'it was gone' })),
  broken: [],
  isOnlyLate: false,
  seconds: 1,
  ...more,
});
const cells = (text: string): string[] => (text.split('\n')[3] ?? '').split('│').map((cell) => cell.trim());

describe('the table of faults', () => {
  it('says how often, the median and the longest recovery, and that all was well', () => {
    const expected = ['', 'worker killed', 'embedded', '3', '300 ms, 1.2 s', '3.0 s', 'sound', ''];
    assert.deepEqual(cells(tableText([row({})])), expected);
  });

  it('says what is broken below, the first lines of it', () => {
    const broken = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const text = tableText([row({ broken })]);
    assert.equal(cells(text)[6], 'BROKEN, see below');
    assert.match(text, /worker killed on embedded: e\nworker killed on embedded: 2 more$/);
  });

  it('says why a fault was left out', () => {
    const skipped = 'needs to mount a small disk, as root';
    const text = tableText([row({ injections: [], skipped })]);
    assert.deepEqual(cells(text).slice(4, 7), ['-', '3.0 s', `left out: ${skipped}`]);
  });

  it('tells of several worlds as of one', () => {
    const [one, ...others] = together([row({}), row({ broken: ['a'] })]);
    assert.deepEqual(others, []);
    assert.equal(one?.injections.length, 6);
    assert.deepEqual([one.broken, one.seconds], [['a'], 2]);
    assert.deepEqual(together([]), []);
  });
});
