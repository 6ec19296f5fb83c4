import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSynergy } from './synergy.ts';
import { withTempFolder } from './temp-folder.ts';

/** Between two firings of `contexts/firings.ts`, ms. */
export const PAUSE = 250;
/** What the clock on the wall and that of a process may have drifted apart, ms. */
const GRAIN = 1;
/** Longest wait for all firings beyond their planned time, ms. */
const PATIENCE = 60_000;

/** Milliseconds from planned instants to the starts of the handler. */
export const ownWaits = (firings: number, environment: NodeJS.ProcessEnv = {}): Promise<readonly number[]> =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'firings');
    const child = await startSynergy({
      folder,
      context: 'firings.ts',
      environment: { ...environment, BENCH_FIRINGS: file },
    });
    const read = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    try {
      const deadline = Date.now() + firings * PAUSE + PATIENCE;
      while (read().length < firings) {
        if (Date.now() > deadline) throw new Error(`expected ${firings} firings, saw ${read().length}`);
        await Promise.race([sleep(1_000), child.early()]);
      }
    } finally {
      await child.end();
    }
    const waits = read().slice(0, firings).map(Number);
    const earliest = Math.min(...waits);
    if (earliest < -GRAIN) throw new Error(`expected no handler to start early, one did by ${-earliest} ms`);
    return waits;
  });
