import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import { wallClock } from './child.ts';
import { PAUSE } from './own-waits.ts';
import { startSynergy } from './synergy.ts';
import { withTempFolder } from './temp-folder.ts';

/** Longest wait for a single firing, ms. */
const PATIENCE = 10_000;

const command = JSON.stringify({
  kind: 'fire-freerun',
  processName: 'Asked',
  entryName: 'by-hand',
  reason: 'measured',
});

/** Sends the command to fire over a connection that stays open. */
const fire = (url: string, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asking = request(new URL('api/v1/commands', url), { method: 'POST', agent, headers }, (answer) => {
      answer.resume().once('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`expected 200 to the command to fire, got ${answer.statusCode ?? 'nothing'}`));
      });
    });
    asking.once('error', reject).end(command);
  });

/** Starts the context, and resolves once its dashboard listens. */
const start = async (
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ child: Child; url: string }> => {
  let tell: (url: string) => void;
  const told = new Promise<string>((resolve) => (tell = resolve));
  const child = await startSynergy({
    folder,
    context: 'asked.ts',
    environment,
    onLine: (line) => {
      const url = /http:\/\/\S+/.exec(line)?.[0];
      if (url !== undefined) tell(url);
    },
  });
  return { child, url: await Promise.race([told, child.early()]) };
};

/** Milliseconds from sending the command to fire, over the HTTP API, to the start of the handler. */
export const askedWaits = (
  firings: number,
  environment: NodeJS.ProcessEnv = {},
): Promise<readonly number[]> =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'firings');
    const { child, url } = await start(folder, { ...environment, BENCH_FIRINGS: file });
    const agent = new Agent({ keepAlive: true });
    const starts = (): number[] =>
      existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
    const waits: number[] = [];
    try {
      for (let firing = 0; firing < firings; firing++) {
        const askedAt = wallClock();
        await fire(url, agent);
        await sleep(PAUSE);
        const deadline = Date.now() + PATIENCE;
        while (starts()[firing] === undefined) {
          if (Date.now() > deadline) throw new Error(`expected ${firing + 1} firings, saw ${firing}`);
          await Promise.race([sleep(PAUSE), child.early()]);
        }
        waits.push((starts()[firing] ?? Infinity) - askedAt);
      }
    } finally {
      agent.destroy();
      await child.end();
    }
    return waits;
  });
