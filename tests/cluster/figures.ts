// Measures how soon members that join, leave or are killed are seen so, over each driver, on servers of its own, and prints the
// table of docs/cluster.md: npx tsx tests/cluster/figures.ts
import { setTimeout as sleep } from 'node:timers/promises';
import type { Membership } from '../../cluster/membership.ts';
import { startChild } from '../support/child.ts';
import { startConsulServer } from '../support/consul-server.ts';
import { startEtcdServer } from '../support/etcd-server.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { memberOn, openMembership } from './open-member.ts';
import type { MeetingPlace } from './open-member.ts';

const ROUNDS = 10;
const TIMEOUT = 3_000;

/** Resolves with the ms from now on until the watcher sees so many members. */
const until = async (watcher: Membership, count: number): Promise<number> => {
  const begunAt = performance.now();
  await new Promise<void>((resolve) => {
    const unwatch = watcher.watch((members) => {
      if (members.length !== count) return;
      unwatch();
      resolve();
    });
  });
  return performance.now() - begunAt;
};

const told = (times: readonly number[]): string => {
  const sorted = [...times].sort((a, b) => a - b);
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)] ?? NaN, sorted.at(-1) ?? NaN];
  return `${(median / 1000).toFixed(2)} s; ${(longest / 1000).toFixed(2)} s`;
};

const measure = async (place: MeetingPlace): Promise<string[]> => {
  const watcher = await openMembership(place);
  await watcher.join(memberOn('watcher'));
  const times = { seen: [] as number[], left: [] as number[], killed: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    // Any moment between two looks of the watcher.
    await sleep((round * 1000) / ROUNDS);
    const other = await openMembership(place);
    const seen = until(watcher, 2);
    await other.join(memberOn(`other-${round}`));
    times.seen.push(await seen);
    await sleep((round * 1000) / ROUNDS);
    const left = until(watcher, 1);
    await other.leave();
    times.left.push(await left);
    await other.close();

    const joined = until(watcher, 2);
    const child = startChild(
      new URL('children/member.ts', import.meta.url),
      JSON.stringify(place),
      `k-${round}`,
    );
    await joined;
    await sleep((round * 1000) / ROUNDS);
    const gone = until(watcher, 1);
    await child.kill();
    times.killed.push(await gone);
  }
  await watcher.close();
  return [told(times.seen), told(times.left), told(times.killed)];
};

const [redis, etcd, consul] = [await startRedisServer(), await startEtcdServer(), await startConsulServer()];
const places = {
  'store (embedded)': { address: 'store', dataDir: tempFolder() },
  redis: { address: `redis://127.0.0.1:${redis.port}` },
  'redis+zset': { address: `redis+zset://127.0.0.1:${redis.port}` },
  etcd: { address: `etcd://127.0.0.1:${etcd.port}` },
  consul: { address: `consul://127.0.0.1:${consul.port}` },
};
console.log('| driver | seen after joining | gone after leaving | gone after a kill |\n|---|---|---|---|');
for (const [name, place] of Object.entries(places)) {
  const cells = await measure({ ...place, cluster: 'figures', timeout: TIMEOUT });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
for (const server of [redis, etcd, consul]) await server.kill();
