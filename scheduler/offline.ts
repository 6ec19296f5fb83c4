import type { SchedulerApi } from './api.ts';
import { assemble } from './assemble.ts';
import type { SchedulerOptions } from './assemble.ts';

/** The scheduler's door without a scheduler at work: for the CLI, when none runs. */
export interface OfflineApi {
  readonly api: SchedulerApi;
  /** Stores what the context declares about freerun entries, as a scheduler does at its start. */
  reconcile(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the door over the store alone. Reading is always safe; whoever executes commands holds the lock
 * `scheduler`, so that no scheduler comes up meanwhile.
 */
export const openOffline = async (options: SchedulerOptions): Promise<OfflineApi> => {
  const { api, parts } = await assemble(options, () => false);
  return {
    api,
    reconcile: () => parts.freerun.reconcile(),
    close: async () => {
      parts.alarms.stop();
      await parts.conductor.stop();
    },
  };
};
