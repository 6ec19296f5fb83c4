import type { ApiFor } from './api/api.ts';
import { buildScheduler } from './build.ts';
import type { SchedulerOptions } from './build.ts';

/** The scheduler's interface without a scheduler at work: for the CLI, when none runs. */
export interface OfflineApi {
  readonly apiFor: ApiFor;
  /** For commands, while the caller holds the lock `scheduler`: a scheduler that lost it must not write after them. */
  beginToLead(): Promise<void>;
  /** Stores what the context declares about freerun entries, as a scheduler does at its start. */
  reconcile(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the interface over the store alone. Reading is always safe; a caller that executes commands holds the lock
 * `scheduler`, so that no scheduler comes up meanwhile, and begins to lead.
 */
export const openOffline = async (options: SchedulerOptions): Promise<OfflineApi> => {
  let epoch = 0;
  const { apiFor, services } = await buildScheduler(options, { isAtWork: () => false, epoch: () => epoch });
  return {
    apiFor,
    beginToLead: async () => {
      epoch = await options.store.beginEpoch();
    },
    reconcile: () => services.freerun.reconcile(),
    close: async () => {
      services.alarms.stop();
      await services.turnLoop.stop();
    },
  };
};
