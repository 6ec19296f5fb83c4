import assert from 'node:assert/strict';
import { passes } from '../../benchmarks/figure.ts';
import { scraping } from '../../benchmarks/measures/scrape.ts';

describe('a scrape of the metrics each second', function () {
  this.timeout(120_000);

  it('is answered under load, which adds no series', async () => {
    const figures = await scraping.run({ quick: true, long: false, say: () => undefined });
    const [all, added] = figures;
    assert.ok((all?.value ?? 0) > 500);
    assert.equal(added && passes(added), true, JSON.stringify(figures));
  });
});
