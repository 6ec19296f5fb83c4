import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../figure.ts';
import type { Figure, Measure, Surroundings } from '../figure.ts';
import { deferred } from '../../lib/deferred.ts';
import { startSynergy } from '../support/synergy.ts';
import { treeOf, usageOf } from '../support/process-tree.ts';
import { withTempFolder } from '../support/temp-folder.ts';

/** Between two scrapes, as often as Prometheus is ever told to. Milliseconds. */
const INTERVAL = 1_000;
/** Scrapes of a window, which is as long as the one without that follows it: of a quick run and of others. */
const QUICK_WINDOW = 3;
const WINDOW = 10;

/** What a scrape answered. */
interface Scraped {
  readonly series: number;
  readonly own: number;
  readonly bytes: number;
  readonly ms: number;
}

const scrape = async (url: string): Promise<Scraped> => {
  const begun = performance.now();
  const text = await (await fetch(new URL('/metrics', url))).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const own = lines.filter((line) => line.startsWith('synergy_')).length;
  return { series: lines.length, own, bytes: text.length, ms: performance.now() - begun };
};

const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + usageOf(pid).cpuSeconds, 0);

/** Windows in pairs, the first with scrapes and the second without. */
interface Plan {
  readonly pairs: number;
  /** Seconds. */
  readonly length: number;
}

const watch = async (url: string, pids: readonly number[], { pairs, length }: Plan) => {
  const scrapes: Scraped[] = [];
  const costs: number[] = [];
  const window = async (look: () => Promise<unknown>): Promise<number> => {
    const before = cpuOf(pids);
    const begun = performance.now();
    for (let second = 1; second <= length; second++) {
      await look();
      await sleep(begun + second * INTERVAL - performance.now());
    }
    return (cpuOf(pids) - before) / ((performance.now() - begun) / 1_000);
  };
  for (let pair = 0; pair < pairs; pair++) {
    const scraped = await window(async () => scrapes.push(await scrape(url)));
    costs.push(100 * (scraped - (await window(() => Promise.resolve()))));
  }
  return { scrapes, costs };
};

const underLoad = (plan: Plan) =>
  withTempFolder(async (folder) => {
    const address = deferred<string>();
    const child = await startSynergy({
      folder,
      context: 'scraped.ts',
      onLine: (line) => {
        const [url] = /http:\/\/\S+/.exec(line) ?? [];
        if (url !== undefined) address.resolve(url);
      },
    });
    try {
      const url = await Promise.race([address.promise, child.early()]);
      // Libraries are loaded by the first, and series of its own route are there from the second on.
      for (let times = 0; times < 3; times++) await scrape(url);
      return await watch(url, treeOf(child.pid), plan);
    } finally {
      await child.end();
    }
  });

const run = async ({ quick, long }: Surroundings): Promise<readonly Figure[]> => {
  const pairs = quick ? 1 : long ? 60 : 5;
  const length = quick ? QUICK_WINDOW : WINDOW;
  const { scrapes, costs } = await underLoad({ pairs, length });
  const first = scrapes[0];
  const last = scrapes.at(-1);
  if (first === undefined || last === undefined) throw new Error('expected scrapes, made none');
  const how = `${pairs} x ${length} s scraped each second and ${length} s not, alternating; 50 firings a second`;
  const figure = (name: string, value: number, unit: string, target?: Figure['target']): Figure => ({
    ...{ name, value, unit, durability: '-', how },
    ...(target && { target }),
  });
  return [
    figure('series of one scrape', last.series, ''),
    figure('series that the load has added to those of Synergy', last.own - first.own, '', { atMost: 0 }),
    figure('size of one scrape', last.bytes / 1_000, 'kB'),
    figure('time of one scrape', median(scrapes.map(({ ms }) => ms)), 'ms'),
    figure('processor time for one scrape a second', median(costs), '% of a core', { atMost: 1 }),
  ];
};

export const scraping: Measure = { name: 'scrape', summary: 'what /metrics costs when it is scraped', run };
