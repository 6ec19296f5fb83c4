import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../db/registry.ts';
import type { HeartbeatThreadData } from '../worker/heartbeat.ts';
import { runHeartbeat } from '../worker/heartbeat.ts';

/** Longest wait before the store is opened, ms. */
const LONGEST_DELAY = 1000;

/** Thread of the worker host that keeps its leases; a busy handler cannot block it. */
const {
  store: url,
  dataDir,
  settings,
} = workerData as HeartbeatThreadData<{ store: string; dataDir: string }>;

if (parentPort) {
  // The first beat is far off, and a host that has just started needs the processor for what waits for it.
  await delay(Math.min(settings.interval / 5, LONGEST_DELAY));
  const clock = { now: () => Date.now() };
  const store = await openStore(url, { dataDir, clock });
  await runHeartbeat({ store, clock, port: parentPort, settings });
  await store.close();
}
