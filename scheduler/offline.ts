import { buildScheduler } from './build.ts';
import type { SchedulerOptions } from './build.ts';

/**
 * Opens the interface over the store alone. Reading is always safe; a caller that executes commands holds the lock
 * `scheduler`, so that no scheduler comes up meanwhile, and begins to lead.
 */
export const openOffline = async (options: SchedulerOptions) => {
  let epoch = 0;
  const { apiFor, services } = await buildScheduler(options, { isAtWork: () => false, epoch: () => epoch });
  // The next scheduler sees to what is due.
  services.events.planner.leave();
  const beginToLead = async (): Promise<void> => {
    epoch = await options.store.beginEpoch();
  };
  return {
    apiFor,
    /** For commands, while the caller holds the lock `scheduler`: a scheduler that lost it must not write after them. */
    beginToLead,
    /** Begins to lead and stores what the context declares about freerun entries, as a scheduler does at its start. */
    reconcile: async (): Promise<void> => {
      await beginToLead();
      await services.freerun.reconcile();
    },
    close: async (): Promise<void> => {
      services.alarms.stop();
      await services.turnLoop.stop();
    },
  };
};

/** The scheduler's interface without a scheduler at work: for the CLI, when none runs. */
export type OfflineApi = Awaited<ReturnType<typeof openOffline>>;
