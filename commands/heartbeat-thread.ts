import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../db/registry.ts';
import type { HeartbeatThreadData } from '../worker/heartbeat.ts';
import { runHeartbeat } from '../worker/heartbeat.ts';

/** Thread of the worker host that keeps its leases; a busy handler cannot block it. */
const {
  store: url,
  dataDir,
  settings,
} = workerData as HeartbeatThreadData<{ store: string; dataDir: string }>;

if (parentPort) {
  const clock = { now: () => Date.now() };
  const store = await openStore(url, { dataDir, clock });
  await runHeartbeat({ store, clock, port: parentPort, settings });
  await store.close();
}
