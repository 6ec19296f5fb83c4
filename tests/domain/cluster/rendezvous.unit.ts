import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRendezvous } from '../../../domain/cluster/rendezvous.ts';

const keys = Array.from({ length: 10_000 }, (_, index) => `Process${index % 7}:entry-${index}`);
const boxNames = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 2, maxLength: 20 });

/** How many times its fair share the busiest of these boxes has. */
const busiest = (boxes: readonly string[]): number => {
  const find = createRendezvous(boxes);
  const counts = new Map<string, number>();
  for (const key of keys) {
    const box = find(key)!;
    counts.set(box, (counts.get(box) ?? 0) + 1);
  }
  return (Math.max(...counts.values()) * boxes.length) / keys.length;
};

describe('rendezvous hashing', () => {
  it('finds no box where there is none, and the one that there is', () => {
    assert.equal(createRendezvous([])('Process:entry'), undefined);
    assert.equal(createRendezvous(['one'])('Process:entry'), 'one');
  });

  it('knows the same answers in every version: boxes of two versions agree', () => {
    const find = createRendezvous(['box-1', 'box-2', 'box-3']);
    assert.deepEqual(['Backup:nightly', 'Report:hourly', 'Ping:a', 'Ping:b', 'Ping:c'].map(find), [
      'box-3',
      'box-2',
      'box-2',
      'box-2',
      'box-3',
    ]);
  });

  it('finds the same box in whatever order the boxes come', () => {
    fc.assert(
      fc.property(boxNames, fc.string(), (boxes, key) => {
        assert.equal(createRendezvous([...boxes].reverse())(key), createRendezvous(boxes)(key));
      }),
    );
  });

  it('moves the keys of the box that leaves, and no other', () => {
    fc.assert(
      fc.property(boxNames, fc.nat(), fc.array(fc.string(), { minLength: 1 }), (boxes, which, some) => {
        const leaver = boxes[which % boxes.length]!;
        const [before, after] = [
          createRendezvous(boxes),
          createRendezvous(boxes.filter((box) => box !== leaver)),
        ];
        for (const key of some) if (before(key) !== leaver) assert.equal(after(key), before(key));
      }),
    );
  });

  it('gives each of three boxes a third of the keys, within 10 %', () => {
    for (let at = 0; at < 30; at++) {
      const boxes = [1, 2, 3].map((number) => `box-${at}-${number}.example.org`);
      assert.ok(busiest(boxes) < 1.1, boxes.join());
    }
  });

  it('loads the busiest of 2 to 20 boxes as evenly as chance does', () => {
    const found = Array.from({ length: 200 }, (_, at) => {
      const boxes = Array.from({ length: 2 + (at % 19) }, (_, index) => `node-${at}-${index * 31}`);
      const times = busiest(boxes);
      // Keys fall on boxes independently: a binomial, of which five deviations are not seen in 2,000 boxes.
      const bound = 1 + 5 * Math.sqrt((boxes.length - 1) / keys.length);
      assert.ok(times <= bound, `${boxes.length} boxes: ${times} of ${bound}`);
      return times;
    });
    const mean = found.reduce((sum, times) => sum + times) / found.length;
    assert.ok(mean <= 1.06, String(mean));
    assert.ok(found.filter((times) => times <= 1.1).length >= 180);
  });
});
