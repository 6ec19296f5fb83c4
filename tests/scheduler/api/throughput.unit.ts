import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createThroughput } from '../../../scheduler/api/throughput.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A journal of bare instants, which counts how many rows it was asked to look at. */
const journalOf = (instants: number[]) => {
  const journal = {
    looked: 0,
    countFinishedJobs: ({ from, to }: { from: number; to: number }): Promise<number> => {
      const count = instants.filter((at) => at >= from && at < to).length;
      journal.looked += count;
      return Promise.resolve(count);
    },
  };
  return journal;
};

describe('throughput', () => {
  it('is what the journal says, however often and at whatever instants it is asked', async () => {
    const instant = fc.integer({ min: 0, max: 4 * HOUR });
    await fc.assert(
      fc.asyncProperty(fc.array(instant), fc.array(instant, { maxLength: 8 }), async (ends, looks) => {
        const instants: number[] = [];
        const throughput = createThroughput(journalOf(instants));
        let done = 0;
        for (const now of looks.toSorted((a, b) => a - b).map((at) => at + 2 * HOUR)) {
          const ordered = ends.toSorted((a, b) => a - b).map((at) => at + 2 * HOUR);
          for (; done < ordered.length && ordered[done]! <= now; done++) instants.push(ordered[done]!);
          const within = (span: number): number => instants.filter((at) => at >= now - span).length;
          assert.deepEqual(await throughput(now), { lastMinute: within(MINUTE), lastHour: within(HOUR) });
        }
      }),
    );
  });

  it('counts what was written a minute late', async () => {
    const now = 100 * HOUR;
    const instants: number[] = [];
    const throughput = createThroughput(journalOf(instants));
    assert.equal((await throughput(now)).lastHour, 0);
    instants.push(now - MINUTE);
    assert.equal((await throughput(now + MINUTE)).lastHour, 1);
  });

  it('looks again at minutes that a clock set back brings back', async () => {
    const now = 100 * HOUR;
    const instants: number[] = [];
    const throughput = createThroughput(journalOf(instants));
    assert.equal((await throughput(now)).lastHour, 0);
    assert.equal((await throughput(now - 30 * MINUTE)).lastHour, 0);
    instants.push(now - 30 * MINUTE);
    assert.equal((await throughput(now)).lastHour, 1);
  });

  it('looks at an hour once, and then at the last minutes', async () => {
    const now = 100 * HOUR;
    const journal = journalOf(Array.from({ length: 3_600 }, (_, second) => now - HOUR + second * 1_000));
    const throughput = createThroughput(journal);
    await throughput(now);
    journal.looked = 0;
    assert.deepEqual(await throughput(now), { lastMinute: 60, lastHour: 3_600 });
    assert.ok(journal.looked <= 5 * 60, `${journal.looked} rows`);
  });
});
