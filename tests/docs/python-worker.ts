import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { follow } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';

const program = fileURLToPath(new URL('../../docs/python-worker/worker.py', import.meta.url));

/** Starts the example. */
export const pythonWorker = (python: string, ...argv: readonly string[]): Run =>
  follow(spawn(python, ['-B', program, ...argv]));

/** A port that was free a moment ago: a scheduler that is started again must be found where it was. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
