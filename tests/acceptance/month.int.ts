import assert from 'node:assert/strict';
import { ENTRIES, boundOf, runMonth } from '../../benchmarks/support/month.ts';
import type { Counts } from '../../benchmarks/support/month.ts';
import { makeStore, spans } from '../../benchmarks/support/store.ts';
import { checkInvariants } from '../../boot/check/invariants.ts';
import { openStore } from '../../db/registry.ts';
import { systemClock } from '../../lib/system-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';

// The short form of `npm run bench -- --only month`.

describe('days of entries that fire every second', function () {
  this.timeout(180_000);

  it('end within what is kept, in units, journal and bytes, and leave the jobs beside them alone', async () => {
    const dataDir = tempFolder();
    await makeStore(dataDir, 'small');
    const [days, oneIn] = [5, 360];
    const held: Counts[] = [];
    const onDay = (_: number, counts: Counts): void => void held.push(counts);
    const result = await runMonth({ dataDir, start: spans.small, days, oneIn, onDay });
    const bound = boundOf(result, oneIn);
    assert.equal(result.fired, (days * ENTRIES * 86_400) / oneIn);
    assert.equal(result.fired - result.expired, result.end.uows);
    for (const [i, { uows, transitions, bytes }] of held.entries()) {
      assert.ok(uows <= bound.uows, `${uows} units after day ${i + 1}, at most ${bound.uows}`);
      assert.ok(
        transitions <= bound.transitions,
        `${transitions} rows after day ${i + 1}, at most ${bound.transitions}`,
      );
      assert.ok(bytes <= bound.bytes, `${bytes} bytes after day ${i + 1}, at most ${bound.bytes}`);
    }
    assert.ok(result.full.uows > bound.uows, 'without retention there would be more');
    assert.deepEqual(result.jobs, { count: 9_940, untouched: true });
    const store = await openStore('embedded', { dataDir, clock: systemClock });
    const { violations } = await checkInvariants(store);
    await store.close();
    // Jobs that are made up have no journal.
    assert.deepEqual(
      violations.filter(({ entity }) => entity.startsWith('Beat')),
      [],
    );
  });
});
