import { SynergyError } from '../../domain/errors.ts';
import type { LiveRunner } from './runner.ts';

/** Delivers executions of event triggers. */
export const eventRunner = (): LiveRunner => ({
  instant: false,
  logBytes: 65_536,
  run: () => Promise.reject(new SynergyError('WORKER_FAILED', 'no courier delivers event triggers yet')),
});
