import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../../db/registry.ts';
import type { HeartbeatThreadData } from '../../worker/leases/heartbeat.ts';
import { runHeartbeat } from '../../worker/leases/heartbeat.ts';
import { createLeaseBoard } from '../../worker/leases/lease-board.ts';
import { watchLoop } from '../../worker/leases/loop-watch.ts';
import { trackOccupants } from '../../worker/leases/occupancy.ts';
import { sleep } from '../../lib/sleep.ts';
import { stopwatch } from '../../lib/stopwatch.ts';
import { systemClock } from '../../lib/system-clock.ts';

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
  await sleep(Math.min(settings.interval / 5, LONGEST_DELAY));
  const store = await openStore(url, { dataDir, clock: systemClock });
  const port = parentPort;
  const watch = (signal: AbortSignal): Promise<void> =>
    watchLoop(
      {
        ...{ store, clock: systemClock, stopwatch },
        board: createLeaseBoard(settings.board),
        owner: settings.owner,
        tellAfter: settings.lease,
        occupants: trackOccupants(port, signal),
        // A blocked event loop writes nothing, and ends by nothing less.
        say: (line) => void writeSync(2, `worker: ${line}\n`),
        endProcess: () => process.kill(process.pid, 'SIGKILL'),
      },
      signal,
    );
  await runHeartbeat({ store, clock: systemClock, port, settings, watch });
  await store.close();
}
