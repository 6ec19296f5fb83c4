import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { follow } from '../support/synergy.ts';
import type { Run } from '../support/synergy.ts';

const program = fileURLToPath(new URL('../../docs/python-worker/worker.py', import.meta.url));

const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');

/** A Python that has all the example may need; scripts/install-services.sh makes it. */
export const pythonWithPika = join(cache, 'synergy-services', 'python-worker', 'bin', 'python');

/** Whether there is such a Python. */
export const isPython = (python: string): boolean => spawnSync(python, ['--version']).status === 0;

/** Starts the example. */
export const pythonWorker = (python: string, ...argv: readonly string[]): Run =>
  follow(spawn(python, ['-B', program, ...argv]));
